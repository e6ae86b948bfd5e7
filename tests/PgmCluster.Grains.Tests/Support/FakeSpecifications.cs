using System.Globalization;
using System.Text.Json.Nodes;
using PgmCluster.Data;
using PgmCluster.Execution.Specifications;

namespace PgmCluster.Grains.Tests.Support;

/// <summary>Presets "tokenizer-x", "classifier-x" and "pgm-x"; the specification shows the facts it was made from.</summary>
public sealed class FakeSpecifications : ISpecificationResolver
{
    private const int MicroBatches = 8;

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
        return new ResolvedSpecification(kind, kind == "pgm", Json(preset, overrides, seed, facts), new string('5', 64))
        {
            MicroBatches = MicroBatches,
            IsReproducible = overrides.GetValueOrDefault("training.exchange") != "nccl",
        };
    }

    /// <summary>Of sizes only those that were asked for, so that runs that say nothing of them are there as well.</summary>
    private static string Json(string preset, IReadOnlyDictionary<string, string> overrides, long seed, DataFacts facts)
    {
        var json = new JsonObject
        {
            ["preset"] = preset,
            ["seed"] = seed,
            ["classes"] = facts.Classes,
            ["codebook"] = facts.Codebook,
            ["height"] = facts.Height,
            ["training"] = new JsonObject { ["microBatches"] = MicroBatches },
        };
        foreach (var (name, value) in overrides)
        {
            if (name.Split('.') is [var section, ("imageSize" or "classes" or "validationExamples") and var key])
                (json[section] ??= new JsonObject())[key] = int.Parse(value, CultureInfo.InvariantCulture);
        }
        return json.ToJsonString();
    }
}
