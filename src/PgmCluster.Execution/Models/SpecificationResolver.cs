using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using PgmCluster.Data;
using PgmCluster.Execution.Devices;
using PgmCluster.Execution.Specifications;
using PgmCluster.Modeling.Runtime;

namespace PgmCluster.Execution.Models;

/// <summary>
/// Resolves the presets that come with the program: JSON files under <c>Presets</c>, laid over the defaults of their kind.
/// </summary>
public sealed class SpecificationResolver : ISpecificationResolver
{
    private const string MatmulKey = "matmul";
    private readonly PresetFiles _files = new("preset");
    private readonly ConcurrentDictionary<string, string> _kinds = new(StringComparer.Ordinal);

    public IReadOnlyList<string> Presets => _files.Names;

    public string KindOf(string preset) => _kinds.GetOrAdd(preset, name => _files.Read(name)["kind"]!.GetValue<string>());

    public ResolvedSpecification Resolve(string preset, IReadOnlyDictionary<string, string> overrides, long seed, DataFacts facts)
    {
        var resolved = LaidOver(preset, facts);
        resolved["seed"] = seed;
        var kind = ModelKinds.Get(resolved["kind"]!.GetValue<string>());
        foreach (var (key, text) in overrides.OrderBy(p => p.Key, StringComparer.Ordinal))
        {
            if (key is "kind" or "preset" or "seed")
                throw new BadInputException(
                    $"Reading --set {key}={text}: {key} is not set this way. Choose another preset, or use --seed.");
            SpecificationJson.Set(resolved, key, text);
        }
        kind.Complete(resolved);
        LeaveOutDefaults(resolved);

        TrainingSpecification specification;
        var json = resolved.ToJsonString();
        try
        {
            specification = SpecificationJson.Parse(json);
        }
        catch (JsonException e)
        {
            throw new BadInputException(
                $"Reading preset {preset} with its overrides: {e.Message.ReplaceLineEndings(" ")} Correct the value.", e);
        }
        var problems = specification.Problems().Concat(kind.Problems(specification)).Concat(
            DataClaims.Problems(kind, specification, facts)).ToArray();
        if (problems.Length > 0) throw new BadInputException($"Checking preset {preset} with its overrides: {string.Join(" ", problems)}");

        return new ResolvedSpecification(
            kind.Name, kind.NeedsTokens, json, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(json))))
        {
            MicroBatches = specification.Training.MicroBatches,
            IsReproducible = specification.Training.AddsInOrder,
            // NCCL is particular about its devices even where the bits are not.
            DeviceNumerics = specification.Numerics.Exactness == "relaxed" && !specification.Training.UsesNccl
                ? null
                : ComputeDevice.NumericsOf(specification.Numerics.Cpu, specification.Numerics.Libtorch),
        };
    }

    /// <summary>What holds where no preset sets it.</summary>
    internal static JsonObject Defaults(IModelKind kind, DataFacts facts)
    {
        var defaults = new JsonObject
        {
            ["kind"] = kind.Name,
            ["preset"] = "",
            ["seed"] = 0L,
            ["data"] = SpecificationJson.ToObject(Data(kind, facts)),
            ["model"] = kind.DefaultModel(facts),
            ["training"] = SpecificationJson.ToObject(new TrainingSettings { ValidationSplit = "drawn" }),
            ["numerics"] = SpecificationJson.ToObject(Numerics(facts)),
        };
        kind.AddGroups(defaults);
        return defaults;
    }

    /// <summary>A preset laid over the defaults of its kind, before overrides.</summary>
    internal JsonObject LaidOver(string preset, DataFacts facts)
    {
        var over = _files.Read(preset);
        var laid = Defaults(ModelKinds.Get(over["kind"]!.GetValue<string>()), facts);
        laid["preset"] = preset;
        SpecificationJson.Merge(laid, over, $"preset {preset}");
        return laid;
    }

    /// <summary>What came later and is as it was before is not written, so that runs keep their specification's hash.</summary>
    private static void LeaveOutDefaults(JsonObject specification)
    {
        var numerics = specification["numerics"]!.AsObject();
        if (numerics[MatmulKey]?.GetValue<string>() == Precisions.Float32) numerics.Remove(MatmulKey);
    }

    private static NumericsSettings Numerics(DataFacts facts)
    {
        var numerics = new NumericsSettings
        {
            Version = NumericsSettings.CurrentVersion,
            Optimizer = "fused",
            Cpu = facts.DeviceModel ?? NativeRuntime.CpuModel,
            Bfloat16 = facts.DeviceBFloat16 ?? NativeRuntime.BFloat16Instructions,
        };
        // The fused kernel's arguments have no declaration that another version would have to keep to.
        return NativeRuntime.IsOtherLibtorch(numerics.Libtorch) ? numerics with { Optimizer = "managed", Exactness = "relaxed" } : numerics;
    }

    private static DataSettings Data(IModelKind kind, DataFacts facts)
    {
        var data = new DataSettings { Height = facts.Height, Width = facts.Width };
        return kind.NeedsTokens && facts.ImageSize > 0 ? data with { ImageSize = facts.ImageSize } : data;
    }
}
