using System.Text.Json;
using System.Text.Json.Nodes;
using PgmCluster.Data;
using PgmCluster.Execution.Models;
using PgmCluster.Execution.Specifications;

namespace PgmCluster.Execution.Suggestions;

/// <summary>
/// Which keys <c>--set</c> takes: those of the very document that it changes, each with the property that declares it, so that no list of
/// them can be out of date.
/// </summary>
public static class SpecificationKeys
{
    // What differs between runs on these is taken over from data or device.
    private static readonly DataFacts One = new()
    {
        Classes = 2,
        Codebook = 3,
        Height = 4,
        Width = 5,
        ImageSize = 6,
        DeviceModel = "one",
        DeviceBFloat16 = "one",
    };
    private static readonly DataFacts Other = new()
    {
        Classes = 12,
        Codebook = 13,
        Height = 14,
        Width = 15,
        ImageSize = 16,
        DeviceModel = "other",
        DeviceBFloat16 = "other",
    };

    /// <summary>Names of the kinds of model.</summary>
    public static IReadOnlyList<string> Kinds { get; } = [.. ModelKinds.All.Select(k => k.Name)];

    /// <summary>The keys of a kind of model, with the values that hold where no preset sets them.</summary>
    public static IReadOnlyList<SpecificationKey> OfKind(string kind) =>
        Of(facts => SpecificationResolver.Defaults(ModelKinds.Get(kind), facts), kind);

    /// <summary>The keys of a preset, with its values.</summary>
    /// <exception cref="BadInputException">Unknown preset; the message gives the nearest name.</exception>
    public static IReadOnlyList<SpecificationKey> OfPreset(string preset)
    {
        var resolver = new SpecificationResolver();
        return Of(facts => resolver.LaidOver(preset, facts), resolver.KindOf(preset));
    }

    /// <summary>
    /// Why a preset does not take a value for a key, in one line; null where it does, as far as that can be said of one key.
    /// </summary>
    /// <exception cref="BadInputException">Unknown preset; the message gives the nearest name.</exception>
    public static string? FaultOf(string preset, string key, string value)
    {
        var laid = new SpecificationResolver().LaidOver(preset, One);
        try
        {
            SpecificationJson.Set(laid, key, value);
            return null;
        }
        catch (BadInputException e)
        {
            return e.Message;
        }
    }

    private static List<SpecificationKey> Of(Func<DataFacts, JsonObject> make, string kind)
    {
        (string Group, Type Type)[] groups =
        [
            ("training", typeof(TrainingSettings)), ("model", ModelKinds.Get(kind).SettingsType), ("data", typeof(DataSettings)),
            ("numerics", typeof(NumericsSettings)),
        ];
        var (one, other) = (make(One), make(Other));
        var keys = new List<SpecificationKey>();
        foreach (var (group, type) in groups)
        {
            var settings = type.GetProperties().ToDictionary(p => JsonNamingPolicy.CamelCase.ConvertName(p.Name));
            foreach (var (key, value) in one[group]!.AsObject())
            {
                keys.Add(new SpecificationKey(
                    $"{group}.{key}", settings[key], value, !JsonNode.DeepEquals(value, other[group]![key])));
            }
        }
        return keys;
    }
}
