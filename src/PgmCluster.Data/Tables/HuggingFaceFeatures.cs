using System.Text.Json;

namespace PgmCluster.Data.Tables;

/// <summary>
/// What Hugging Face's library datasets writes into the metadata of a table, under "huggingface": <c>info.features</c>, an object of
/// columns with <c>_type</c> and, for classes, <c>names</c>.
/// </summary>
/// <param name="Image">The first column of pictures; null where there is none.</param>
/// <param name="Labels">Columns of classes, in order, with their names.</param>
internal sealed record HuggingFaceFeatures(string? Image, IReadOnlyList<(string Column, IReadOnlyList<string> Names)> Labels)
{
    /// <summary>The metadata's key.</summary>
    public const string Key = "huggingface";

    private const int MostClasses = 1_000_000;

    /// <summary>Reads it; what is none says nothing.</summary>
    public static HuggingFaceFeatures Of(string? json)
    {
        var none = new HuggingFaceFeatures(null, []);
        if (json is null) return none;
        try
        {
            using var document = JsonDocument.Parse(json);
            if (Property(document.RootElement, "info") is not { } info || Property(info, "features") is not { } features
                || features.ValueKind != JsonValueKind.Object) return none;
            string? image = null;
            var labels = new List<(string, IReadOnlyList<string>)>();
            foreach (var column in features.EnumerateObject())
            {
                var type = Property(column.Value, "_type") is { ValueKind: JsonValueKind.String } t ? t.GetString() : null;
                if (type == "Image") image ??= column.Name;
                if (type == "ClassLabel" && Property(column.Value, "names") is { ValueKind: JsonValueKind.Array } names
                    && names.GetArrayLength() <= MostClasses && names.EnumerateArray().All(n => n.ValueKind == JsonValueKind.String))
                    labels.Add((column.Name, [.. names.EnumerateArray().Select(n => n.GetString()!)]));
            }
            return new HuggingFaceFeatures(image, labels);
        }
        catch (JsonException)
        {
            return none;
        }
    }

    private static JsonElement? Property(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) ? value : null;
}
