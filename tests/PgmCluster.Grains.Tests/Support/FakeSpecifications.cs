using PgmCluster.Data;
using PgmCluster.Execution.Specifications;

namespace PgmCluster.Grains.Tests.Support;

/// <summary>Presets "tokenizer-x", "classifier-x" and "pgm-x"; the specification shows the facts it was made from.</summary>
public sealed class FakeSpecifications : ISpecificationResolver
{
    public IReadOnlyList<string> Presets { get; } = ["classifier-x", "pgm-x", "tokenizer-x"];

    public string KindOf(string preset) =>
        Presets.Contains(preset) ? preset[..^2] : throw new BadInputException($"There is no preset '{preset}'. Did you mean 'pgm-x'?");

    public ResolvedSpecification Resolve(string preset, IReadOnlyDictionary<string, string> overrides, long seed, DataFacts facts)
    {
        if (overrides.Keys.FirstOrDefault(
            k => k is not ("training.steps" or "training.exchange" or "data.imageSize" or "model.classes" or "training.validationExamples"))
                is { } unknown)
            throw new BadInputException($"Unknown key '{unknown}'. Did you mean 'training.steps'?");
        var kind = KindOf(preset);
        return new ResolvedSpecification(
            kind, kind == "pgm", $"{{\"preset\":\"{preset}\",\"seed\":{seed},\"classes\":{facts.Classes},\"codebook\":{facts.Codebook},\"height\":{facts.Height}{Sizes(overrides)}}}", new string('5', 64))
        {
            MicroBatches = 8,
            IsReproducible = overrides.GetValueOrDefault("training.exchange") != "nccl",
        };
    }

    /// <summary>Only what was asked for, so that runs that say nothing of it are there as well.</summary>
    private static string Sizes(IReadOnlyDictionary<string, string> overrides) => string.Concat(
        overrides.Select(o => o.Key.Split('.')).Where(k => k[1] is "imageSize" or "classes" or "validationExamples").Select(
            k => $",\"{k[0]}\":{{\"{k[1]}\":{overrides[string.Join('.', k)]}}}"));
}
