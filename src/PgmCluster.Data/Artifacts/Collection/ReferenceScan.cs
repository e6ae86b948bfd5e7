using System.Text.Json;

namespace PgmCluster.Data.Artifacts.Collection;

/// <summary>
/// Finds references to artifacts in JSON, wherever they stand: objects with name, size and SHA-256, also within texts that are JSON
/// themselves. So nobody who stores a reference has to announce it anywhere.
/// </summary>
public static class ReferenceScan
{
    private const int HashLength = 64;

    /// <summary>All references in a document, some perhaps several times.</summary>
    /// <exception cref="JsonException">It is no JSON.</exception>
    public static IReadOnlyList<ArtifactInfo> In(ReadOnlyMemory<byte> utf8) => In(JsonDocument.Parse(utf8));

    /// <inheritdoc cref="In(ReadOnlyMemory{byte})"/>
    public static IReadOnlyList<ArtifactInfo> In(string text) => In(JsonDocument.Parse(text));

    private static List<ArtifactInfo> In(JsonDocument document)
    {
        var found = new List<ArtifactInfo>();
        using (document) Scan(document.RootElement, found);
        return found;
    }

    private static void Scan(JsonElement element, List<ArtifactInfo> found)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                if (Reference(element) is { } reference) found.Add(reference);
                foreach (var member in element.EnumerateObject()) Scan(member.Value, found);
                break;
            case JsonValueKind.Array:
                foreach (var item in element.EnumerateArray()) Scan(item, found);
                break;
            case JsonValueKind.String:
                ScanText(element.GetString()!, found);
                break;
        }
    }

    private static void ScanText(string text, List<ArtifactInfo> found)
    {
        if (text.Length < HashLength || text[0] is not ('{' or '[')) return;
        try
        {
            found.AddRange(In(text));
        }
        catch (JsonException)
        {
            // A text that only looks like it.
        }
    }

    private static ArtifactInfo? Reference(JsonElement element)
    {
        string? name = null, hash = null;
        long? size = null;
        foreach (var member in element.EnumerateObject())
        {
            if (Is(member, "name") && member.Value.ValueKind == JsonValueKind.String) name = member.Value.GetString();
            else if (Is(member, "sha256") && member.Value.ValueKind == JsonValueKind.String) hash = member.Value.GetString();
            else if (Is(member, "size") && member.Value.ValueKind == JsonValueKind.Number && member.Value.TryGetInt64(out var bytes))
                size = bytes;
        }
        return name is { Length: > 0 } && hash is { Length: HashLength } && size is { } length ? new ArtifactInfo(name, length, hash) : null;
    }

    private static bool Is(JsonProperty member, string name) => member.Name.Equals(name, StringComparison.OrdinalIgnoreCase);
}
