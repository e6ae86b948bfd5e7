using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using PgmCluster.Contracts.Evaluation;
using PgmCluster.Execution.Models;
using PgmCluster.Execution.Specifications;
using PgmCluster.Execution.Suggestions;
using PgmCluster.Grains.Evaluation;

namespace PgmCluster.Cli.Tests.Docs;

/// <summary>Writes <c>deploy/docs/presets.md</c> from what the program knows.</summary>
internal static class PresetsPage
{
    private const string Beginning = """
        # Presets and their keys

        What `--preset` and `--set KEY=VALUE` take. This page is written from the code, and a test compares it [`PresetsPageTests`]. On the
        command line `pgm presets` lists the presets, `pgm presets keys PRESET` the keys with a preset's values, and
        `pgm config show PRESET --set ...` shows what they come to. Which to take for [pictures of your own](own-pictures.md).
        """;

    private static readonly JsonSerializerOptions s_plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <param name="keys">What <c>pgm presets keys --json</c> prints of all kinds.</param>
    public static string Write(IEnumerable<JsonElement> keys)
    {
        var page = new StringBuilder(Beginning);
        page.Append("\n\n## Presets of training\n\n| preset | kind of model | sets |\n|---|---|---|\n");
        var resolver = new SpecificationResolver();
        foreach (var preset in resolver.Presets.Order(StringComparer.Ordinal))
            page.Append($"| `{preset}` | {resolver.KindOf(preset)} | {Listed(OfTraining(preset, resolver.KindOf(preset)))} |\n");

        page.Append("\n## Presets of evaluation\n\n`pgm evaluate --preset` takes these; other options change their values.\n\n");
        page.Append("| preset | sets |\n|---|---|\n");
        foreach (var preset in EvaluationPresets.Names) page.Append($"| `{preset}` | {Listed(OfEvaluation(preset))} |\n");

        page.Append("\n## Keys\n\nWith the values that hold where no preset sets them, and the kinds of model that have them.\n\n");
        page.Append("| key | value | takes | kinds | meaning |\n|---|---|---|---|---|\n");
        foreach (var key in keys)
        {
            var name = key.GetProperty("name").GetString()!;
            var value = key.GetProperty("isFromData").GetBoolean()
                ? name.StartsWith("numerics.", StringComparison.Ordinal) ? "(the device's)" : "(the data's)"
                : Value(JsonNode.Parse(key.GetProperty("value").GetRawText()));
            var named = key.GetProperty("kinds").EnumerateArray().Select(k => k.GetString()!).ToList();
            var kinds = named.Count == SpecificationKeys.Kinds.Count ? "all" : string.Join(", ", named);
            var (takes, meaning) = (key.GetProperty("takes").GetString()!, Cell(key.GetProperty("meaning").GetString()!));
            page.Append($"| `{name}` | {value} | {takes} | {kinds} | {meaning} |\n");
        }
        return page.ToString();
    }

    /// <summary>What a preset sets apart from its kind's values.</summary>
    private static IEnumerable<(string Key, JsonNode? Value)> OfTraining(string preset, string kind)
    {
        var otherwise = SpecificationKeys.OfKind(kind).ToDictionary(k => k.Name, k => k.Value);
        return SpecificationKeys.OfPreset(preset)
            .Where(k => !k.IsFromData && !JsonNode.DeepEquals(k.Value, otherwise.GetValueOrDefault(k.Name))).Select(k => (k.Name, k.Value));
    }

    private static IEnumerable<(string Key, JsonNode? Value)> OfEvaluation(string preset)
    {
        var otherwise = SpecificationJson.ToObject(new EvaluationRequest { Model = "" });
        var resolved = EvaluationPresets.Resolve(preset, new Dictionary<string, string>());
        return Differences(resolved, otherwise, "");
    }

    private static IEnumerable<(string Key, JsonNode? Value)> Differences(JsonObject found, JsonObject otherwise, string above) =>
        found.SelectMany(p => (p.Value, otherwise[p.Key]) switch
        {
            (JsonObject group, JsonObject other) => Differences(group, other, $"{above}{p.Key}."),
            var (value, other) => JsonNode.DeepEquals(value, other) ? [] : [($"{above}{p.Key}", value)],
        });

    private static string Listed(IEnumerable<(string Key, JsonNode? Value)> settings) =>
        string.Join(", ", settings.Select(s => $"`{s.Key}` {Value(s.Value)}"));

    private static string Value(JsonNode? value) =>
        JsonSerializer.Serialize(value, s_plain).Trim('"') is { Length: > 0 } text ? Cell(text) : "(empty)";

    private static string Cell(string text) =>
        text.Replace("|", @"\|", StringComparison.Ordinal).Replace("<", @"\<", StringComparison.Ordinal);
}
