using PgmCluster.Benchmarks.Harness;
using PgmCluster.Execution.Devices;
using PgmCluster.Execution.Models;
using PgmCluster.Execution.Specifications;
using PgmCluster.Modeling.Attention;
using PgmCluster.Modeling.MaskGit;
using PgmCluster.Modeling.Partition;
using PgmCluster.Modeling.Randomness;
using PgmCluster.Modeling.Sampling;
using PgmCluster.Modeling.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace PgmCluster.Benchmarks.Benchmarks;

/// <summary>
/// Sampling as it is against sampling without one saving, at guidance 0 and 3. A saving's ratio is the time without it over the time with
/// it.
/// </summary>
/// <param name="size">"quickstart" or "full".</param>
/// <param name="presets">The two models.</param>
/// <param name="facts">What the presets take over from data.</param>
/// <param name="steps">Halton steps.</param>
/// <param name="batch">Images at once, spread over the lanes.</param>
public sealed class SamplingBenchmark(
    string size, (string Partition, string MaskGit) presets, DataFacts facts, int steps, int batch) : IBenchmark
{
    /// <summary>The models of the quickstart.</summary>
    public static readonly SamplingBenchmark Quickstart = new(
        "quickstart", ("pgm-fashion", "maskgit-fashion"), new DataFacts { Classes = 10, Codebook = 256, Height = 7, Width = 7 }, 16, 20);

    /// <summary>The published models; fewer steps than in use, since one full run takes minutes on a CPU.</summary>
    public static readonly SamplingBenchmark Full = new(
        "full", ("pgm-12-12", "maskgit"), new DataFacts { Classes = 1000, Codebook = 16384, Height = 32, Width = 32 }, 4, 1);

    public string Name => $"sampling-{size}";

    public string Description => $"each saving of the samplers, {presets.Partition} and {presets.MaskGit}, {steps} steps, batch {batch}";

    public IEnumerable<Comparison> Run(BenchmarkOptions options)
    {
        using var partition = (PartitionTransformer)Create(presets.Partition);
        var model = new PartitionTokenModel(partition);
        foreach (var guidance in new[] { 0.0, 3.0 })
        {
            var variants = new List<(string, ITokenModel)> { ("as it is", model),
                ("modulations at each step", SamplingSavings.ModulationsEachStep(model)),
                ("attention with masks", SamplingSavings.MaskedAttention(partition)),
                ("queries at each step", SamplingSavings.QueriesEachStep(partition)) };
            variants.Add(
                guidance == 0 ? ("unconditional pass at weight 0", SamplingSavings.UnconditionalAlways(model)) : ("passes apart",
                    SamplingSavings.PassesApart(partition)));
            if (guidance != 0) variants.Add(("guidance behind the head", SamplingSavings.GuidanceBehindTheHead(model)));
            yield return Compare(presets.Partition, guidance, variants, options);
        }
        using var maskGit = (MaskGitTransformer)Create(presets.MaskGit);
        var baseline = new MaskGitTokenModel(maskGit);
        foreach (var guidance in new[] { 0.0, 3.0 })
        {
            var variants = new List<(string, ITokenModel)> { ("as it is", baseline),
                ("modulations at each step", SamplingSavings.ModulationsEachStep(baseline)),
                ("vocabulary everywhere", SamplingSavings.VocabularyEverywhere(maskGit)) };
            if (guidance != 0)
                variants.AddRange(
                    [("passes apart", SamplingSavings.PassesApart(maskGit)),
                        ("guidance behind the head", SamplingSavings.GuidanceBehindTheHead(baseline))]);
            yield return Compare(presets.MaskGit, guidance, variants, options);
        }
        // As the public code samples: what is written again, and which tokens are never attended to.
        var redraw = new (string, ITokenModel)[] { ("as it is", baseline),
            ("vocabulary everywhere", SamplingSavings.VocabularyEverywhere(maskGit)) };
        yield return Compare(presets.MaskGit, 0, redraw, options, compat: true);
    }

    private Comparison Compare(
        string preset, double guidance, IReadOnlyList<(string Name, ITokenModel Model)> variants, BenchmarkOptions options,
        bool compat = false)
    {
        var lanes = Math.Min(batch, options.Cores);
        using var compute = new ComputeLanes(lanes, options.Cores / lanes, "bench");
        var settings = new TokenSamplerSettings { Steps = steps, Guidance = guidance, CompatReference = compat };
        Variant Of(string name, ITokenModel model)
        {
            var sampler = new TokenSampler(model, settings, facts.Height, facts.Width);
            return new Variant(name, () => compute.Run(lanes, (part, _) =>
            {
                using var scope = NewDisposeScope();
                var draws = RandomStream.Of(1, RandomPurpose.Sampling, part);
                var (first, end) = (part * batch / lanes, (part + 1) * batch / lanes);
                sampler.Sample(
                    tensor(Enumerable.Range(first, end - first).Select(i => (long)(i % facts.Classes)).ToArray()), new SamplerDraws(draws));
            }), sampler.Operations() * batch / 1e9);
        }
        var plain = Of("freed memory given back", variants[0].Model);
        return Comparison.Of(
            $"Sampling, {preset}, {steps} steps, guidance {guidance}, batch {batch}{(compat ? ", as the public code" : "")}",
            options.Rounds,
            [.. variants.Select(v => Of(v.Name, v.Model)), plain with { Run = () => AllocatorSettings.WithoutKeeping(plain.Run) }]);
    }

    private nn.Module Create(string preset)
    {
        var specification = SpecificationJson.Parse(
            new SpecificationResolver().Resolve(preset, new Dictionary<string, string>(), 0, facts).Json);
        var module = ModelFiles.CreateGenerative(specification, torch.CPU);
        WeightInitialization.Apply(StateDict.Of(module), 0, (_, _) => InitialWeight.SmallNormal);
        foreach (var parameter in module.parameters()) parameter.requires_grad = false;
        return module;
    }
}
