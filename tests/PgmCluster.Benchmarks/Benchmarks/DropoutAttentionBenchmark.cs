using PgmCluster.Benchmarks.Harness;
using PgmCluster.Modeling.Blocks;
using PgmCluster.Modeling.MaskGit;
using PgmCluster.Modeling.Randomness;
using PgmCluster.Modeling.Weights;
using static TorchSharp.torch;

namespace PgmCluster.Benchmarks.Benchmarks;

/// <summary>
/// Gradients of MaskGIT with dropout: all attention weights written out and kept, as one graph of libtorch's does it, against blocks of
/// them made again going backward.
/// </summary>
public sealed class DropoutAttentionBenchmark : IBenchmark
{
    public string Name => "dropout-attention";

    public string Description => "gradients of MaskGIT with dropout, attention weights written out or in blocks";

    public IEnumerable<Comparison> Run(BenchmarkOptions options)
    {
        var tiny = new MaskGitSettings { Codebook = 1024, Height = 32, Width = 32, Classes = 10, Hidden = 384, Heads = 6, Depth = 6 };
        yield return Compare("preset maskgit-tiny, 32 x 32 tokens, batch 2", tiny, 2, options.Rounds);
        yield return Compare("16 x 16 tokens, batch 4", tiny with { Height = 16, Width = 16, Hidden = 256, Heads = 4 }, 4, options.Rounds);
        yield return Compare(
            "as preset maskgit-fashion, 7 x 7 tokens, batch 16",
            tiny with { Codebook = 256, Height = 7, Width = 7, Hidden = 128, Heads = 4, Depth = 4 }, 16, options.Rounds);
    }

    private static Comparison Compare(string title, MaskGitSettings settings, int batch, int rounds)
    {
        using var model = new MaskGitTransformer(settings);
        WeightInitialization.Apply(StateDict.Of(model), 0, (_, _) => InitialWeight.SmallNormal);
        using var scope = NewDisposeScope();
        var draws = RandomStream.Of(1, RandomPurpose.MicroBatch);
        var codes = (draws.Uniform(CPU, batch, settings.Height, settings.Width) * settings.Codebook).to_type(int64);
        var (hidden, labels) = (draws.Uniform(CPU, codes.shape).lt(0.5), zeros(batch, dtype: int64));
        Dropout Drop() => new(settings.Dropout, RandomStream.Of(2, RandomPurpose.MicroBatch));
        Variant Way(string name, Action run) => new(name, () =>
        {
            using var inner = NewDisposeScope();
            foreach (var parameter in model.parameters()) parameter.grad?.zero_();
            run();
        });
        return Comparison.Of($"MaskGIT with dropout, {title}", rounds,
            Way("weights written out", () => model.Loss(codes, hidden, labels, null, Drop()).backward()),
            Way("in blocks", () => model.Backward(codes, hidden, labels, null, Drop())),
            Way("in blocks, recomputing", () => model.Backward(codes, hidden, labels, null, Drop(), recompute: true)));
    }
}
