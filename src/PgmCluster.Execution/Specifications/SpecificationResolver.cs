using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using PgmCluster.Data;

namespace PgmCluster.Execution.Specifications;

/// <summary>Resolves the presets that come with the program: JSON files under <c>Presets</c>, laid over the defaults of their kind.</summary>
public sealed class SpecificationResolver : ISpecificationResolver
{
    private const string ResourcePrefix = "preset:";
    private static readonly JsonDocumentOptions ReadOptions = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    public IReadOnlyList<string> Presets { get; } = [.. typeof(SpecificationResolver).Assembly.GetManifestResourceNames()
        .Where(n => n.StartsWith(ResourcePrefix, StringComparison.Ordinal)).Select(n => n[ResourcePrefix.Length..]).Order(StringComparer.Ordinal)];

    public string KindOf(string preset) => Read(preset)["kind"]!.GetValue<string>();

    public ResolvedSpecification Resolve(string preset, IReadOnlyDictionary<string, string> overrides, long seed, DataFacts facts)
    {
        var over = Read(preset);
        var kind = ModelKinds.Get(over["kind"]!.GetValue<string>());
        var resolved = new JsonObject
        {
            ["kind"] = kind.Name,
            ["preset"] = preset,
            ["seed"] = seed,
            ["data"] = SpecificationJson.ToObject(new DataSettings { Height = facts.Height, Width = facts.Width }),
            ["model"] = kind.DefaultModel(facts),
            ["training"] = SpecificationJson.ToObject(new TrainingSettings()),
            ["numerics"] = SpecificationJson.ToObject(new NumericsSettings { Optimizer = "fused" }),
        };
        SpecificationJson.Merge(resolved, over, $"preset {preset}");
        foreach (var (key, text) in overrides.OrderBy(p => p.Key, StringComparer.Ordinal))
        {
            if (key is "kind" or "preset" or "seed") throw new BadInputException($"Reading --set {key}={text}: {key} is not set this way. Choose another preset, or use --seed.");
            SpecificationJson.Set(resolved, key, text);
        }
        kind.Complete(resolved);

        TrainingSpecification specification;
        try
        {
            specification = SpecificationJson.Parse(resolved.ToJsonString());
        }
        catch (JsonException e)
        {
            throw new BadInputException($"Reading preset {preset} with its overrides: {e.Message.ReplaceLineEndings(" ")} Correct the value.", e);
        }
        var problems = specification.Training.Problems().Select(p => "training." + p)
            .Concat(specification.Numerics.Problems().Select(p => "numerics." + p))
            .Concat(kind.Problems(specification)).ToArray();
        if (problems.Length > 0) throw new BadInputException($"Checking preset {preset} with its overrides: {string.Join(" ", problems)}");

        var json = resolved.ToJsonString();
        return new ResolvedSpecification(kind.Name, kind.NeedsTokens, json, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(json))));
    }

    private JsonObject Read(string preset)
    {
        using var stream = typeof(SpecificationResolver).Assembly.GetManifestResourceStream(ResourcePrefix + preset)
            ?? throw new BadInputException($"Choosing a preset: there is no '{preset}'. The nearest is '{Nearest.Of(preset, Presets)}'; there are {string.Join(", ", Presets)}.");
        return JsonNode.Parse(stream, documentOptions: ReadOptions)!.AsObject();
    }
}
