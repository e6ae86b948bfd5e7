using PgmCluster.Benchmarks.Harness;
using PgmCluster.Execution.Devices;
using PgmCluster.Execution.Models;
using PgmCluster.Execution.Specifications;
using PgmCluster.Execution.Speed;
using PgmCluster.Modeling.Randomness;
using PgmCluster.Modeling.Sampling;
using PgmCluster.Modeling.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace PgmCluster.Benchmarks.Benchmarks;

/// <summary>
/// A model that encodes each token once against PGM and MaskGIT of the same shape, guidance 2 at every step but the first of the linear
/// schedule. Ratios are the times of the others over its time.
/// </summary>
/// <param name="size">"quickstart" or "full".</param>
/// <param name="presets">The models, the one that encodes once first.</param>
/// <param name="facts">What the presets take over from data.</param>
/// <param name="steps">Halton steps.</param>
/// <param name="batches">Images at once.</param>
public sealed class SamplingModelsBenchmark(
    string size, IReadOnlyList<string> presets, DataFacts facts, int steps, IReadOnlyList<int> batches) : IBenchmark
{
    /// <summary>The models of the quickstart: latency of one image, and throughput.</summary>
    public static readonly SamplingModelsBenchmark Quickstart = new(
        "quickstart", ["pgm-once-fashion", "pgm-fashion", "maskgit-fashion"],
        new DataFacts { Classes = 10, Codebook = 256, Height = 7, Width = 7 }, 16, [1, 50]);

    /// <summary>The published size; a round takes many minutes.</summary>
    public static readonly SamplingModelsBenchmark Full = new(
        "full", ["pgm-once-12-12", "pgm-12-12", "maskgit"], new DataFacts { Classes = 1000, Codebook = 16384, Height = 32, Width = 32 }, 32,
        [1, 2]);

    public string Name => $"models-{size}";

    public string Description => $"{string.Join(", ", presets)}: {steps} steps, guidance 2, batch {string.Join(" and ", batches)}";

    public IEnumerable<Comparison> Run(BenchmarkOptions options)
    {
        using var scope = NewDisposeScope();
        var models = presets.Select(preset =>
        {
            var specification = SpecificationJson.Parse(
                new SpecificationResolver().Resolve(preset, new Dictionary<string, string>(), 0, facts).Json);
            var module = ModelFiles.CreateGenerative(specification, torch.CPU);
            WeightInitialization.Apply(StateDict.Of(module), 0, (_, _) => InitialWeight.SmallNormal);
            foreach (var parameter in module.parameters()) parameter.requires_grad = false;
            return (Preset: preset, Model: ModelFiles.AsTokenModel(module));
        }).ToArray();
        var settings = new TokenSamplerSettings { Steps = steps, Guidance = 2 };
        foreach (var batch in batches)
        {
            var lanes = Math.Min(batch, options.Cores);
            using var spread = new ComputeLanes(lanes, options.Cores / lanes, "bench");
            using var alone = new ComputeLanes(lanes, 1, "bench");
            Variant Of(string preset, ITokenModel model)
            {
                var sampler = new TokenSampler(model, settings, facts.Height, facts.Width);
                var compute = SpeedMeasurement.Threads(sampler, settings, batch / lanes, options.Cores / lanes) == 1 ? alone : spread;
                return new Variant(preset, () => compute.Run(lanes, (part, _) =>
                {
                    using var drawing = NewDisposeScope();
                    var (first, end) = (part * batch / lanes, (part + 1) * batch / lanes);
                    var labels = tensor(Enumerable.Range(first, end - first).Select(i => (long)(i % facts.Classes)).ToArray());
                    sampler.Sample(labels, new SamplerDraws(RandomStream.Of(1, RandomPurpose.Sampling, part)));
                }), sampler.Operations() * batch / 1e9);
            }
            yield return Comparison.Of(
                $"Sampling, {steps} steps, guidance 2, batch {batch}", options.Rounds, [.. models.Select(m => Of(m.Preset, m.Model))]);
        }
    }
}
