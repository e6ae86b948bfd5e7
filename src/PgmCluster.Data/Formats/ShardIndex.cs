using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using PgmCluster.Data.Safetensors;

namespace PgmCluster.Data.Formats;

/// <summary>
/// What lies in a shard, as it was when it was indexed. As a file (safetensors, n pictures, f files): <c>keys</c> U8 (UTF-8, separated by
/// zero bytes), <c>labels</c> I32 [n], <c>labelTexts</c> U8, <c>places</c> I64 [n, 3] (file, offset, length), <c>sizes</c> I32 [n, 2]
/// (width, height), <c>stored</c> and <c>content</c> U8 [n, 32], <c>files</c> U8 [f, 32], <c>unreadable</c> U8 (key, reason, key, ...);
/// where a picture is transparent also <c>alpha</c> U8 [n] (<see cref="PictureAlpha"/>), where the source has some
/// <c>captions</c> U8; <c>leftOut</c> U8 (kind, number, kind, ...) where something was, and
/// <c>moreUnreadable</c> I32 [1] where not all that are unreadable are named.
/// </summary>
public sealed class ShardIndex
{
    internal const int HashSize = SHA256.HashSizeInBytes;
    private const string VersionKey = "shardIndex", Version = "1", CaptionsName = "captions", LeftOutName = "leftOut",
        MoreUnreadableName = "moreUnreadable";

    private readonly byte[] _stored, _content, _files, _alpha;
    private readonly long[] _places;
    private readonly int[] _sizes;

    internal ShardIndex(
        string[] keys, int[] labels, string[] labelTexts, long[] places, int[] sizes, byte[] stored, byte[] content, byte[] files,
        UnreadableImage[] unreadable, byte[] alpha)
    {
        (Keys, Labels, LabelTexts, Unreadable) = (keys, labels, labelTexts, unreadable);
        (_places, _sizes, _stored, _content, _files, _alpha) = (places, sizes, stored, content, files, alpha);
    }

    /// <summary>How many pictures can be read.</summary>
    public int Count => Keys.Count;

    /// <summary>The pictures' names.</summary>
    public IReadOnlyList<string> Keys { get; }

    /// <summary>Indices into <see cref="LabelTexts"/>; -1 for a picture without a label.</summary>
    public IReadOnlyList<int> Labels { get; }

    /// <summary>The labels that occur in the shard, as they are written there, in order of their first occurrence.</summary>
    public IReadOnlyList<string> LabelTexts { get; }

    /// <summary>What the source says about each picture, lines of text; empty where it says nothing about any.</summary>
    public IReadOnlyList<string> Captions { get; internal init; } = [];

    /// <summary>Pictures that cannot be decoded, the first of many; they count nowhere else.</summary>
    public IReadOnlyList<UnreadableImage> Unreadable { get; }

    /// <summary>How many more cannot be decoded than are named.</summary>
    public int MoreUnreadable { get; internal init; }

    /// <summary>What lies in the shard beside its pictures and labels: how many by extension, or by a word for the kind.</summary>
    public IReadOnlyDictionary<string, int> LeftOut { get; init; } = new SortedDictionary<string, int>(StringComparer.Ordinal);

    /// <summary>
    /// Where a picture's bytes lie: which file of the shard, the first byte (after unpacking, in gzipped files), and how many.
    /// </summary>
    public (int File, long Offset, int Length) Place(int image) =>
        ((int)_places[image * 3], _places[image * 3 + 1], (int)_places[image * 3 + 2]);

    /// <summary>Width and height of a picture in pixels, from its header.</summary>
    public (int Width, int Height) Size(int image) => (_sizes[image * 2], _sizes[image * 2 + 1]);

    /// <summary>What dropping transparency makes of a picture; none in indexes of before it was looked at.</summary>
    public PictureAlpha Alpha(int image) => _alpha.Length == 0 ? PictureAlpha.None : (PictureAlpha)_alpha[image];

    /// <summary>SHA-256 of a picture's bytes as they are stored.</summary>
    public ReadOnlySpan<byte> Stored(int image) => _stored.AsSpan(image * HashSize, HashSize);

    /// <summary>SHA-256 of what a picture is wherever it lies, as in <see cref="Sources.PictureContent"/>.</summary>
    public ReadOnlySpan<byte> Content(int image) => _content.AsSpan(image * HashSize, HashSize);

    /// <summary>SHA-256 of a file of the shard, as it lies there.</summary>
    public ReadOnlySpan<byte> FileHash(int file) => _files.AsSpan(file * HashSize, HashSize);

    /// <summary>Writes the file; equal shards give equal bytes.</summary>
    public void WriteTo(Stream stream)
    {
        var writer = new SafetensorsWriter();
        AddTo(writer);
        writer.WriteTo(stream);
    }

    /// <summary>Adds everything to a file.</summary>
    internal void AddTo(SafetensorsWriter writer)
    {
        writer.Metadata[VersionKey] = Version;
        AddText(writer, "keys", Keys);
        AddText(writer, "labelTexts", LabelTexts);
        AddText(writer, "unreadable", Unreadable.SelectMany(u => new[] { u.Key, u.Reason }));
        if (Captions.Count > 0) AddText(writer, CaptionsName, Captions);
        if (LeftOut.Count > 0)
            AddText(writer, LeftOutName, LeftOut.SelectMany(l => new[] { l.Key, l.Value.ToString(CultureInfo.InvariantCulture) }));
        if (MoreUnreadable > 0) writer.Add<int>(MoreUnreadableName, [1], new[] { MoreUnreadable });
        writer.Add<int>("labels", [Count], Labels.ToArray());
        writer.Add<long>("places", [Count, 3], _places);
        writer.Add<int>("sizes", [Count, 2], _sizes);
        writer.Add<byte>("stored", [Count, HashSize], _stored);
        writer.Add<byte>("content", [Count, HashSize], _content);
        writer.Add<byte>("files", [_files.Length / HashSize, HashSize], _files);
        if (_alpha.AsSpan().ContainsAnyExcept((byte)PictureAlpha.None)) writer.Add<byte>("alpha", [Count], _alpha);
    }

    /// <summary>Reads a file that <see cref="WriteTo"/> made.</summary>
    /// <exception cref="DataCorruptException">It is something else.</exception>
    public static ShardIndex Read(string path)
    {
        using var file = SafetensorsFile.Open(path);
        return Of(file, path);
    }

    /// <summary>What <see cref="AddTo"/> added to a file.</summary>
    /// <exception cref="DataCorruptException">It is something else.</exception>
    internal static ShardIndex Of(SafetensorsFile file, string path)
    {
        if (file.Metadata.GetValueOrDefault(VersionKey) != Version)
            throw new DataCorruptException($"Reading the index of a shard, {path}: it is of another version. Register the dataset again.");
        var unreadable = Text(file, "unreadable").Chunk(2).Where(u => u.Length == 2).Select(u => new UnreadableImage(u[0], u[1])).ToArray();
        var index = new ShardIndex(
            Text(file, "keys"), file.ReadArray<int>("labels"), Text(file, "labelTexts"), file.ReadArray<long>("places"),
            file.ReadArray<int>("sizes"),
            file.ReadArray<byte>("stored"), file.ReadArray<byte>("content"), file.ReadArray<byte>("files"), unreadable,
            file.Contains("alpha") ? file.ReadArray<byte>("alpha") : [])
        {
            Captions = file.Contains(CaptionsName) ? Text(file, CaptionsName) : [],
            LeftOut = ReadLeftOut(file),
            MoreUnreadable = file.Contains(MoreUnreadableName) ? file.ReadArray<int>(MoreUnreadableName).FirstOrDefault() : 0,
        };
        var n = index.Count;
        if (index.Labels.Count != n || index._places.Length != 3 * n || index._sizes.Length != 2 * n || index._stored.Length != n * HashSize
            || index._content.Length != n * HashSize || (index._alpha.Length != 0 && index._alpha.Length != n)
            || (index.Captions.Count != 0 && index.Captions.Count != n) || index.Labels.Any(l => l < -1 || l >= index.LabelTexts.Count))
            throw new DataCorruptException(
                $"Reading the index of a shard, {path}: its parts are not of one size. Register the dataset again.");
        return index;
    }

    private static SortedDictionary<string, int> ReadLeftOut(SafetensorsFile file)
    {
        var counts = new SortedDictionary<string, int>(StringComparer.Ordinal);
        if (!file.Contains(LeftOutName)) return counts;
        foreach (var pair in Text(file, LeftOutName).Chunk(2))
        {
            if (pair.Length == 2 && int.TryParse(pair[1], NumberStyles.None, CultureInfo.InvariantCulture, out var count))
                counts[pair[0]] = count;
        }
        return counts;
    }

    // A zero byte ends each, so that none and one empty one differ.
    internal static void AddText(SafetensorsWriter writer, string name, IEnumerable<string> values)
    {
        var bytes = Encoding.UTF8.GetBytes(string.Concat(values.Select(v => v + '\0')));
        writer.Add<byte>(name, [bytes.Length], bytes);
    }

    internal static string[] Text(SafetensorsFile file, string name)
    {
        var text = Encoding.UTF8.GetString(file.ReadArray<byte>(name));
        return text.Length == 0 ? [] : text[..^1].Split('\0');
    }
}
