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
    public static ITokenModel ModulationsEachStep(ITokenModel model) => new Altered(model, (labels, guided) => new Predictor(
        labels, model.Begin(labels, guided), (known, asked, unconditional) =>
        {
            using var anew = model.Begin(labels, guided);
            known.Tell(anew);
            return anew.Predict(asked, unconditional);
        }));

    /// <summary>The conditional and the unconditional pass run one after the other instead of as one batch.</summary>
    public static ITokenModel PassesApart(PartitionTransformer model) =>
        PassesApart(new PartitionTokenModel(model), (labels, dropped) =>
        {
            var conditioning = model.Condition(labels, dropped);
            return (known, asked) => model.Features(known.Codes(model), known.Positions(), asked! + 1, null, conditioning);
        });

    /// <inheritdoc cref="PassesApart(PartitionTransformer)"/>
    public static ITokenModel PassesApart(MaskGitTransformer model) =>
        PassesApart(new MaskGitTokenModel(model), (labels, dropped) =>
        {
            var conditioning = model.Condition(labels, dropped);
            return (known, asked) => model.Features(known.Grid(model), asked?.expand(labels.shape[0], -1), conditioning);
        });

    private static ITokenModel PassesApart(ITokenModel model, Func<Tensor, Tensor?, Func<Known, Tensor?, Tensor>> condition) =>
        new Altered(model, (labels, guided) =>
        {
            var (ofLabels, ofNone) = (condition(labels, null), condition(labels, ones_like(labels, dtype: @bool)));
            return new Predictor(
                labels, model.Begin(labels, guided), (known, asked, unconditional) => unconditional
                    ? cat([ofLabels(known, asked), ofNone(known, asked)])
                    : ofLabels(known, asked));
        });

    /// <summary>The unconditional pass runs where its weight is 0, too.</summary>
    public static ITokenModel UnconditionalAlways(ITokenModel model) => new Altered(model, (labels, _) =>
    {
        var both = model.Begin(labels, guided: true);
        return new Predictor(labels, both, (_, asked, unconditional) =>
        {
            var features = both.Predict(asked, unconditional: true);
            return unconditional ? features : features.narrow(0, 0, labels.shape[0]);
        });
    });

    /// <summary>Attention gets a mask of known positions although all rows have as many.</summary>
    public static ITokenModel MaskedAttention(PartitionTransformer model) => Twice(model, (labels, dropped) =>
    {
        var conditioning = model.Condition(labels, dropped);
        return (codes, positions, asked) =>
        {
            var rows = labels.shape[0];
            var lengths = full([rows], codes.shape[1], dtype: int64);
            return model.Features(codes, positions.expand(rows, -1), asked.expand(rows, -1), lengths, conditioning);
        };
    });

    /// <summary>GroupSwap's queries are computed at every step, for every image, instead of once per batch.</summary>
    public static ITokenModel QueriesEachStep(PartitionTransformer model) => Twice(model, (labels, dropped) =>
    {
        var conditioning = model.Condition(labels, dropped) with { Queries = null };
        var rows = labels.shape[0];
        return (codes, positions, asked) => model.Features(
            codes, positions.expand(rows, -1), asked.expand(rows, -1), null, conditioning);
    });

    /// <summary>A partition transformer of whose forward pass something is other.</summary>
    /// <param name="model">The model.</param>
    /// <param name="condition">From labels and dropped ones to a pass: known codes, their positions and those asked for to features.</param>
    private static ITokenModel Twice(PartitionTransformer model, Func<Tensor, Tensor?, Func<Tensor, Tensor, Tensor, Tensor>> condition)
    {
        var inner = new PartitionTokenModel(model);
        return new Altered(inner, (labels, guided) =>
        {
            var alone = condition(labels, null);
            var both = guided
                ? condition(cat([labels, labels]), cat([zeros_like(labels, dtype: @bool), ones_like(labels, dtype: @bool)]))
                : alone;
            return new Predictor(labels, inner.Begin(labels, guided), (known, asked, unconditional) => unconditional
                ? both(known.Codes(model).repeat(2, 1), known.Positions(), asked! + 1)
                : alone(known.Codes(model), known.Positions(), asked! + 1));
        });
    }

    /// <summary>Logits of the whole grid are computed and most of them thrown away.</summary>
    public static ITokenModel VocabularyEverywhere(MaskGitTransformer model)
    {
        var inner = new MaskGitTokenModel(model);
        return new Altered(inner, (labels, guided) =>
        {
            var predictor = inner.Begin(labels, guided);
            return new Predictor(
                labels, predictor,
                (_, asked, unconditional) =>
                {
                    var all = predictor.Logits(predictor.Predict(null, unconditional), model.Settings.Vocabulary);
                    return all.gather(1, asked!.unsqueeze(2).expand(all.shape[0], -1, all.shape[2]));
                },
                narrow: true);
        });
    }

    /// <summary>The head is applied to both passes, and guidance combines the logits.</summary>
    public static ITokenModel GuidanceBehindTheHead(ITokenModel model) => new Altered(model, (labels, guided) =>
    {
        var predictor = model.Begin(labels, guided);
        return new Predictor(
            labels, predictor, (_, asked, unconditional) => predictor.Logits(predictor.Predict(asked, unconditional), model.Vocabulary),
            narrow: true);
    });

    /// <summary>What a predictor was told, in the samplers' order.</summary>
    private sealed class Known(long batch) : IDisposable
    {
        private readonly List<(Tensor Codes, Tensor Cells)> _told = [];

        public void Add(Tensor codes, Tensor cells) =>
            _told.Add((codes.clone().DetachFromDisposeScope(), cells.clone().DetachFromDisposeScope()));

        public void Tell(ITokenPredictor predictor)
        {
            foreach (var (codes, cells) in _told) predictor.Extend(codes, cells);
        }

        /// <returns>I64 [B, 1 + K], bos first.</returns>
        public Tensor Codes(PartitionTransformer model) =>
            cat([full([batch, 1], model.Settings.BosId, dtype: int64), .. _told.Select(t => t.Codes)], 1);

        /// <returns>I64 [1 or B, 1 + K], bos first.</returns>
        public Tensor Positions() => _told.Count == 0
            ? zeros([1, 1], dtype: int64)
            : nn.functional.pad(cat([.. _told.Select(t => t.Cells)], 1) + 1, [1, 0]);

        /// <returns>I64 [B, height, width]</returns>
        public Tensor Grid(MaskGitTransformer model)
        {
            var s = model.Settings;
            var grid = full([batch, s.Tokens], s.MaskId, dtype: int64);
            foreach (var (codes, cells) in _told) grid.scatter_(1, cells.expand(codes.shape), codes);
            return grid.view(-1, s.Height, s.Width);
        }

        public void Dispose()
        {
            foreach (var (codes, cells) in _told)
            {
                codes.Dispose();
                cells.Dispose();
            }
        }
    }

    /// <param name="labels">I64 [B]</param>
    /// <param name="inner">Has the head, and is told what this is told.</param>
    /// <param name="features">What the head is applied to.</param>
    /// <param name="narrow">The head was applied already: what is wanted of it is all that is left to do.</param>
    private sealed class Predictor(
        Tensor labels, ITokenPredictor inner, Func<Known, Tensor?, bool, Tensor> features, bool narrow = false) : ITokenPredictor
    {
        private readonly Known _known = new(labels.shape[0]);

        public void Extend(Tensor codes, Tensor cells)
        {
            inner.Extend(codes, cells);
            _known.Add(codes, cells);
        }

        public Tensor Predict(Tensor? asked, bool unconditional) => features(_known, asked, unconditional);

        public Tensor Logits(Tensor features, int ids) => narrow ? features.narrow(-1, 0, ids) : inner.Logits(features, ids);

        public void Dispose()
        {
            _known.Dispose();
            inner.Dispose();
        }
    }

    private sealed class Altered(ITokenModel model, Func<Tensor, bool, ITokenPredictor> begin) : ITokenModel
    {
        public int Tokens => model.Tokens;

        public int Codebook => model.Codebook;

        public int Vocabulary => model.Vocabulary;

        public int MaskId => model.MaskId;

        public int BosId => model.BosId;

        public bool ReferenceRedraws => model.ReferenceRedraws;

        public ITokenPredictor Begin(Tensor labels, bool guided) => begin(labels, guided);

        public double Operations(int known, int asked) => model.Operations(known, asked);

        public double BeginOperations => model.BeginOperations;

        public double ExtendOperations(int known, int added) => model.ExtendOperations(known, added);

        public long KeptBytes(bool guided) => model.KeptBytes(guided);
    }
}
