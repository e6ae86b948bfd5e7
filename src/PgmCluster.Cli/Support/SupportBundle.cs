using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using PgmCluster.Cli.Output;
using PgmCluster.Data.Artifacts;

namespace PgmCluster.Cli.Support;

/// <summary>Texts in one archive, without what they hold of secrets.</summary>
/// <param name="hidden">What is taken out.</param>
internal sealed class SupportBundle(HiddenWords hidden)
{
    /// <summary>Directory that the archive unpacks to.</summary>
    private const string Folder = "pgm-support";

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly List<(string Name, byte[] Content)> _entries = [];

    /// <summary>What is in it: names and bytes.</summary>
    public IEnumerable<(string Name, long Bytes)> Entries => _entries.Select(e => (e.Name, e.Content.LongLength));

    /// <param name="name">'/'-separated.</param>
    /// <param name="text">Its content.</param>
    public void Add(string name, string text) => _entries.Add((name, Encoding.UTF8.GetBytes(hidden.HideIn(text))));

    /// <param name="name">'/'-separated.</param>
    /// <param name="value">Written as JSON; what is hidden in its texts leaves it JSON.</param>
    public void AddJson(string name, object value) => _entries.Add(
        (name, Encoding.UTF8.GetBytes(Json.Text(Hide(JsonSerializer.SerializeToNode(value, Json.Options))!))));

    private JsonNode? Hide(JsonNode? node) => node switch
    {
        JsonObject members => new JsonObject(members.Select(m => KeyValuePair.Create(m.Key, Hide(m.Value)))),
        JsonArray items => new JsonArray([.. items.Select(Hide)]),
        JsonValue value when value.TryGetValue<string>(out var text) => JsonValue.Create(hidden.HideIn(text)),
        _ => node?.DeepClone(),
    };

    /// <summary>Writes all of it, or nothing.</summary>
    /// <param name="path">A tar archive, compressed by gzip, for this user alone.</param>
    /// <param name="at">When its files were made.</param>
    /// <param name="cancellation">Leaves nothing.</param>
    public void Write(string path, DateTimeOffset at, CancellationToken cancellation) => AtomicFile.Write(path, stream =>
    {
        using var zip = new GZipStream(stream, CompressionLevel.Optimal, leaveOpen: true);
        using var tar = new TarWriter(zip, TarEntryFormat.Pax, leaveOpen: true);
        foreach (var (name, content) in _entries)
        {
            tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, $"{Folder}/{name}")
            {
                DataStream = new MemoryStream(content, writable: false),
                Mode = OwnerOnly,
                ModificationTime = at,
            });
        }
    }, cancellation, OwnerOnly);
}
