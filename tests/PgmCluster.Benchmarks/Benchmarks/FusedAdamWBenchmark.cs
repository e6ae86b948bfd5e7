using PgmCluster.Benchmarks.Harness;
using PgmCluster.Execution.Devices;
using PgmCluster.Modeling.Blocks;
using PgmCluster.Modeling.Optimization;
using PgmCluster.Modeling.Weights;
using static TorchSharp.torch;

namespace PgmCluster.Benchmarks.Benchmarks;

/// <summary>
/// An optimizer step over 50 M parameters: single operations, libtorch's fused kernel, and the latter spread over lanes as in training.
/// </summary>
public sealed class FusedAdamWBenchmark : IBenchmark
{
    private const long Width = 7071;

    public string Name => "fused-adamw";

    public string Description => "optimizer step at 50 M parameters, managed and fused";

    public IEnumerable<Comparison> Run(BenchmarkOptions options)
    {
        using var model = new LinearLayer(Width, Width, bias: false);
        using var parameters = new FlatParameters(StateDict.Of(model));
        using (no_grad()) parameters.Gradients.normal_(0, 0.01);
        using var managed = new AdamW(parameters, new AdamWSettings());
        using var fused = new AdamW(parameters, new AdamWSettings(), fused: true);
        using var lanes = new ComputeLanes(options.Cores, 1, "bench");
        var chunks = parameters.Length / GradientNorm.Chunk;
        long step = 0;
        yield return Comparison.Of($"AdamW step, {parameters.Count / 1e6:0.0} M parameters", options.Rounds,
            new Variant("managed", () => managed.Step(step++, 1e-4)),
            new Variant("fused", () => fused.Step(step++, 1e-4)),
            new Variant($"fused, {lanes.Count} lanes", () =>
            {
                lanes.Run(lanes.Count, (part, _) =>
                {
                    var (first, end) = (chunks * part / lanes.Count, chunks * (part + 1) / lanes.Count);
                    fused.Step(step, 1e-4, first * GradientNorm.Chunk, (end - first) * GradientNorm.Chunk);
                });
                step++;
            }));
    }
}
