using PgmCluster.Modeling.MaskGit;
using PgmCluster.Modeling.Partition;
using PgmCluster.Modeling.Sampling;
using static TorchSharp.torch;

namespace PgmCluster.Benchmarks.Benchmarks;

/// <summary>Models that forgo one saving each, for comparison with the models as they are; what they compute is the same.</summary>
internal static class SamplingSavings
{
    /// <summary>The modulations of all blocks are computed at every step instead of once per batch.</summary>
    public static ITokenModel ModulationsEachStep(ITokenModel model) =>
        new Altered(model, (labels, dropped) => new Predictor((state, asked, repeat) => model.Condition(labels, dropped).Predict(state, asked, repeat)));

    /// <summary>The conditional and the unconditional pass run one after the other instead of as one batch.</summary>
    public static ITokenModel PassesApart(ITokenModel model) => new Altered(model, (labels, dropped) =>
    {
        if (dropped is null) return model.Condition(labels, null);
        var half = labels.shape[0] / 2;
        var parts = new[] { 0L, half }.Select(first => model.Condition(labels.narrow(0, first, half), dropped.narrow(0, first, half))).ToArray();
        return new Predictor((state, asked, repeat) => cat([.. parts.Select(p => p.Predict(state, asked, 1))]));
    });

    /// <summary>The unconditional pass runs where its weight is 0, too.</summary>
    public static ITokenModel UnconditionalAlways(ITokenModel model) => new Altered(model, (labels, dropped) =>
    {
        if (dropped is not null) return model.Condition(labels, dropped);
        var both = model.Condition(cat([labels, labels]), cat([zeros_like(labels, dtype: @bool), ones_like(labels, dtype: @bool)]));
        return new Predictor((state, asked, repeat) => both.Predict(state, asked, 2).narrow(0, 0, labels.shape[0]));
    });

    /// <summary>Attention gets a mask of known positions although all rows have as many.</summary>
    public static ITokenModel MaskedAttention(PartitionTransformer model) => new Altered(new PartitionTokenModel(model), (labels, dropped) =>
    {
        var conditioning = model.Condition(labels, dropped);
        return new Predictor((state, asked, repeat) =>
        {
            var known = state.Codes.narrow(1, 0, 1 + state.Known);
            var positions = cat([zeros([known.shape[0], 1], dtype: int64), state.Cells.narrow(1, 0, state.Known) + 1], 1);
            var lengths = full([known.shape[0] * repeat], known.shape[1], dtype: int64);
            return model.Predict(known.repeat(repeat, 1), positions.repeat(repeat, 1), (asked! + 1).repeat(repeat, 1), lengths, conditioning);
        });
    });

    /// <summary>Logits of the whole grid are computed and most of them thrown away.</summary>
    public static ITokenModel VocabularyEverywhere(MaskGitTransformer model)
    {
        var inner = new MaskGitTokenModel(model);
        return new Altered(inner, (labels, dropped) =>
        {
            var predictor = inner.Condition(labels, dropped);
            return new Predictor((state, asked, repeat) => predictor.Predict(state, null, repeat)
                .gather(1, asked!.repeat(repeat, 1).unsqueeze(2).expand(-1, -1, model.Settings.Vocabulary)));
        });
    }

    private sealed class Predictor(Func<RevealState, Tensor?, int, Tensor> predict) : ITokenPredictor
    {
        public Tensor Predict(RevealState state, Tensor? asked, int repeat) => predict(state, asked, repeat);
    }

    private sealed class Altered(ITokenModel model, Func<Tensor, Tensor?, ITokenPredictor> condition) : ITokenModel
    {
        public int Tokens => model.Tokens;

        public int Codebook => model.Codebook;

        public int MaskId => model.MaskId;

        public int BosId => model.BosId;

        public bool ReferenceRedraws => model.ReferenceRedraws;

        public ITokenPredictor Condition(Tensor labels, Tensor? dropped) => condition(labels, dropped);

        public double Operations(int known, int asked) => model.Operations(known, asked);
    }
}
