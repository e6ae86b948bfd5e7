using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using PgmCluster.Data;

namespace PgmCluster.Execution.Specifications;

/// <summary>The presets of one sort that come with the program: JSON files under <c>Presets</c>, comments allowed.</summary>
/// <param name="sort">"preset" for training, "evaluation" for evaluations.</param>
public sealed class PresetFiles(string sort)
{
    private static readonly JsonDocumentOptions ReadOptions = new()
    {
        CommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
    };
    private readonly string _prefix = sort + ":";

    /// <summary>As they come with the program.</summary>
    private readonly ConcurrentDictionary<string, byte[]> _read = new(StringComparer.Ordinal);

    /// <summary>Sorted.</summary>
    public IReadOnlyList<string> Names { get; } = [.. typeof(PresetFiles).Assembly.GetManifestResourceNames()
        .Where(n => n.StartsWith(sort + ":", StringComparison.Ordinal)).Select(n => n[(sort.Length + 1)..]).Order(StringComparer.Ordinal)];

    /// <exception cref="BadInputException">There is none of that name; the message gives the nearest.</exception>
    public JsonObject Read(string name) => JsonNode.Parse(_read.GetOrAdd(name, Find), documentOptions: ReadOptions)!.AsObject();

    private byte[] Find(string name)
    {
        using var stream = typeof(PresetFiles).Assembly.GetManifestResourceStream(_prefix + name)
            ?? throw new BadInputException(
                $"Choosing a preset: there is no '{name}'. The nearest is '{Nearest.Of(name, Names)}'; "
                + $"there are {string.Join(", ", Names)}.");
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }
}
