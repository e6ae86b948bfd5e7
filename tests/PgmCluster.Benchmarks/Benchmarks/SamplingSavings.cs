using PgmCluster.Modeling.Attention;
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
        new Altered(model, (labels, dropped) => new Predictor(
            model.Condition(labels, dropped), (state, asked, repeat) => model.Condition(labels, dropped).Features(state, asked, repeat)));

    /// <summary>The conditional and the unconditional pass run one after the other instead of as one batch.</summary>
    public static ITokenModel PassesApart(ITokenModel model) => new Altered(model, (labels, dropped) =>
    {
        if (dropped is null) return model.Condition(labels, null);
        var half = labels.shape[0] / 2;
        var parts = new[] { 0L, half }.Select(
            first => model.Condition(labels.narrow(0, first, half), dropped.narrow(0, first, half))).ToArray();
        return new Predictor(parts[0], (state, asked, repeat) => cat([.. parts.Select(p => p.Features(state, asked, 1))]));
    });

    /// <summary>The unconditional pass runs where its weight is 0, too.</summary>
    public static ITokenModel UnconditionalAlways(ITokenModel model) => new Altered(model, (labels, dropped) =>
    {
        if (dropped is not null) return model.Condition(labels, dropped);
        var both = model.Condition(cat([labels, labels]), cat([zeros_like(labels, dtype: @bool), ones_like(labels, dtype: @bool)]));
        return new Predictor(both, (state, asked, repeat) => both.Features(state, asked, 2).narrow(0, 0, labels.shape[0]));
    });

    /// <summary>Attention gets a mask of known positions although all rows have as many.</summary>
    public static ITokenModel MaskedAttention(PartitionTransformer model) =>
        new Altered(new PartitionTokenModel(model), (labels, dropped) =>
    {
        var conditioning = model.Condition(labels, dropped);
        return new Predictor(new PartitionTokenModel(model).Condition(labels, dropped), (state, asked, repeat) =>
        {
            var known = state.Codes.narrow(1, 0, 1 + state.Known);
            var positions = cat([zeros([known.shape[0], 1], dtype: int64), state.Cells.narrow(1, 0, state.Known) + 1], 1);
            var lengths = full([known.shape[0] * repeat], known.shape[1], dtype: int64);
            return model.Features(
                known.repeat(repeat, 1), positions.repeat(repeat, 1), (asked! + 1).repeat(repeat, 1), lengths, conditioning);
        });
    });

    /// <summary>Logits of the whole grid are computed and most of them thrown away.</summary>
    public static ITokenModel VocabularyEverywhere(MaskGitTransformer model)
    {
        var inner = new MaskGitTokenModel(model);
        return new Altered(inner, (labels, dropped) =>
        {
            var predictor = inner.Condition(labels, dropped);
            return new Predictor(
                predictor,
                (state, asked, repeat) => predictor.Logits(predictor.Features(state, null, repeat), model.Settings.Vocabulary)
                    .gather(1, asked!.repeat(repeat, 1).unsqueeze(2).expand(-1, -1, model.Settings.Vocabulary)),
                narrow: true);
        });
    }

    /// <summary>The head is applied to both passes, and guidance combines the logits.</summary>
    public static ITokenModel GuidanceBehindTheHead(ITokenModel model) => new Altered(model, (labels, dropped) =>
    {
        var predictor = model.Condition(labels, dropped);
        return new Predictor(
            predictor, (state, asked, repeat) => predictor.Logits(predictor.Features(state, asked, repeat), model.Vocabulary),
            narrow: true);
    });

    /// <summary>GroupSwap's queries are computed at every step, for every image, instead of once per batch.</summary>
    public static ITokenModel QueriesEachStep(PartitionTransformer model) =>
        new Altered(new PartitionTokenModel(model), (labels, dropped) =>
    {
        var conditioning = model.Condition(labels, dropped) with { Queries = null };
        return new Predictor(new PartitionTokenModel(model).Condition(labels, dropped), (state, asked, repeat) =>
        {
            var positions = nn.functional.pad(state.Cells.narrow(1, 0, state.Known) + 1, [1, 0]);
            return model.Features(
                state.Codes.narrow(1, 0, 1 + state.Known).repeat(repeat, 1), positions.repeat(repeat, 1), (asked! + 1).repeat(repeat, 1),
                null, conditioning);
        });
    });

    /// <param name="inner">Has the head.</param>
    /// <param name="features">What the head is applied to.</param>
    /// <param name="narrow">The head was applied already: what is wanted of it is all that is left to do.</param>
    private sealed class Predictor(
        ITokenPredictor inner, Func<RevealState, Tensor?, int, Tensor> features, bool narrow = false) : ITokenPredictor
    {
        public Tensor Features(RevealState state, Tensor? asked, int repeat) => features(state, asked, repeat);

        public Tensor Logits(Tensor features, int ids) => narrow ? features.narrow(-1, 0, ids) : inner.Logits(features, ids);
    }

    private sealed class Altered(ITokenModel model, Func<Tensor, Tensor?, ITokenPredictor> condition) : ITokenModel
    {
        public int Tokens => model.Tokens;

        public int Codebook => model.Codebook;

        public int Vocabulary => model.Vocabulary;

        public int MaskId => model.MaskId;

        public int BosId => model.BosId;

        public bool ReferenceRedraws => model.ReferenceRedraws;

        public ITokenPredictor Condition(Tensor labels, Tensor? dropped) => condition(labels, dropped);

        public double Operations(int known, int asked) => model.Operations(known, asked);
    }
}
