using System.Globalization;
using System.Text.Json.Nodes;

namespace PgmCluster.Contracts.Training;

/// <summary>A key that two specifications say differently.</summary>
/// <param name="Key">Dotted, such as "training.steps".</param>
/// <param name="First">What the first says; null where it does not have it.</param>
/// <param name="Second">What the second says; null where it does not have it.</param>
public sealed record SpecificationDifference(string Key, string? First, string? Second)
{
    /// <summary>All of two specifications, by key.</summary>
    /// <param name="first">JSON, as <see cref="TrainingDetails.Specification"/>.</param>
    /// <param name="second">JSON.</param>
    /// <exception cref="System.Text.Json.JsonException">One is no JSON.</exception>
    public static IReadOnlyList<SpecificationDifference> Of(string first, string second)
    {
        var (a, b) = (Flat(first), Flat(second));
        return
        [
            .. a.Keys.Union(b.Keys).Order(StringComparer.Ordinal)
                .Select(key => new SpecificationDifference(key, a.GetValueOrDefault(key), b.GetValueOrDefault(key)))
                .Where(d => !IsSame(d.First, d.Second)),
        ];
    }

    /// <summary>A number may be written in several ways; whole ones are compared by their digits, of which seeds have many.</summary>
    private static bool IsSame(string? first, string? second) => first == second
        || ($"{first}{second}".AsSpan().ContainsAny(".eE")
            && double.TryParse(first, NumberStyles.Float, CultureInfo.InvariantCulture, out var a)
            && double.TryParse(second, NumberStyles.Float, CultureInfo.InvariantCulture, out var b) && a == b);

    private static Dictionary<string, string> Flat(string json)
    {
        var values = new Dictionary<string, string>();
        Add("", JsonNode.Parse(json));
        return values;

        void Add(string key, JsonNode? node)
        {
            if (node is JsonObject group)
            {
                foreach (var (name, inner) in group) Add(key.Length == 0 ? name : $"{key}.{name}", inner);
            }
            else
            {
                values[key] = node is JsonValue value && value.TryGetValue<string>(out var text) ? text : node?.ToJsonString() ?? "null";
            }
        }
    }
}
