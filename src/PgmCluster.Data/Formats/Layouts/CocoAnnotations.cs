using System.Text.Json;

namespace PgmCluster.Data.Formats.Layouts;

/// <summary>What one of COCO's annotation files says of pictures: their ids, files and captions.</summary>
internal sealed class CocoAnnotations
{
    private const string Images = "images", Annotations = "annotations";
    private readonly Dictionary<long, string> _files = [];
    private readonly Dictionary<long, List<string>> _captions = [];

    /// <summary>Each picture's file, as it is called there, by the picture's id.</summary>
    public IReadOnlyDictionary<long, string> Files => _files;

    /// <summary>Reads a file; of 450 MB that say where things are in the pictures nothing is kept.</summary>
    /// <returns>Null where it lists no pictures.</returns>
    /// <exception cref="BadInputException">It is no JSON, or names a picture twice.</exception>
    public static async Task<CocoAnnotations?> ReadAsync(Stream stream, string path, CancellationToken cancellation)
    {
        var read = new CocoAnnotations();
        await new JsonElements(stream, path, new HashSet<string> { Images, Annotations }).ReadAsync(
            (property, element) => read.Take(property, element, path), cancellation);
        return read._files.Count > 0 ? read : null;
    }

    /// <summary>What is said of a picture, a line each; empty where nothing is.</summary>
    public string Caption(long id) => _captions.TryGetValue(id, out var lines) ? string.Join('\n', lines) : "";

    private void Take(string property, JsonElement element, string path)
    {
        if (element.ValueKind != JsonValueKind.Object) throw Bad(path, $"'{property}' holds something else than objects");
        if (property == Images)
        {
            if (Number(element, "id") is not { } id || Text(element, "file_name") is not { } file)
                throw Bad(path, "a picture has no id or file_name");
            if (!_files.TryAdd(id, file)) throw Bad(path, $"it names the picture {id} twice");
        }
        else if (Number(element, "image_id") is { } of && Text(element, "caption") is { } caption)
        {
            if (!_captions.TryGetValue(of, out var lines)) _captions.Add(of, lines = []);
            lines.Add(caption.ReplaceLineEndings(" ").Trim());
        }
    }

    private static long? Number(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number)
            ? number
            : null;

    private static string? Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static BadInputException Bad(string path, string found) => new($"Reading {path}: {found}. Fetch it anew.");
}
