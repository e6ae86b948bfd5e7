using System.Runtime.InteropServices;
using PgmCluster.Data.Safetensors;

namespace PgmCluster.Data.Tokens;

/// <summary>
/// Collects tokenized pictures and writes them as a safetensors file: <c>codes</c> U16 [n, height, width], <c>labels</c> I32 [n],
/// metadata. Equal content gives equal bytes.
/// </summary>
public sealed class TokenShardWriter
{
    private readonly List<ushort> _codes;
    private readonly List<int> _labels;

    /// <summary>An empty shard.</summary>
    /// <param name="height">Codes from top to bottom of a picture, at least 1.</param>
    /// <param name="width">Codes from left to right, at least 1.</param>
    /// <param name="capacity">Pictures to make room for at once.</param>
    public TokenShardWriter(int height, int width, int capacity = 0)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(capacity);
        Height = height;
        Width = width;
        _codes = new List<ushort>(checked(capacity * height * width));
        _labels = new List<int>(capacity);
    }

    /// <summary>Codes from top to bottom of a picture.</summary>
    public int Height { get; }

    /// <summary>Codes from left to right of a picture.</summary>
    public int Width { get; }

    /// <summary>Pictures so far.</summary>
    public int Count => _labels.Count;

    /// <summary>Free text about the shard: what it was made from and by what.</summary>
    public IDictionary<string, string> Metadata { get; } = new SortedDictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Appends a picture.</summary>
    /// <param name="codes">[height, width], row by row.</param>
    /// <param name="label">Its class.</param>
    /// <exception cref="ArgumentException">Too many or too few codes.</exception>
    public void Add(ReadOnlySpan<ushort> codes, int label)
    {
        if (codes.Length != Height * Width)
            throw new ArgumentException($"A picture of this shard has {Height}x{Width} codes, not {codes.Length}.", nameof(codes));
        _codes.AddRange(codes);
        _labels.Add(label);
    }

    /// <summary>Which codes occur (bit c of byte c/8 is set for code c), and the largest label; -1 where no picture has one.</summary>
    /// <param name="codebook">Codes are below.</param>
    public (byte[] CodeBitmap, int LargestLabel) Summary(int codebook)
    {
        var bitmap = new byte[(codebook + 7) / 8];
        foreach (var code in CollectionsMarshal.AsSpan(_codes)) bitmap[code / 8] |= (byte)(1 << (code % 8));
        return (bitmap, _labels.Count == 0 ? -1 : _labels.Max());
    }

    /// <summary>Writes the file; the stream need not seek.</summary>
    public void WriteTo(Stream stream)
    {
        var file = new SafetensorsWriter();
        foreach (var (key, value) in Metadata) file.Metadata[key] = value;
        file.Add(TokenShardLayout.Codes, TensorType.U16, [Count, Height, Width], s => WriteAll(s, CollectionsMarshal.AsSpan(_codes)));
        file.Add(TokenShardLayout.Labels, TensorType.I32, [Count], s => WriteAll(s, CollectionsMarshal.AsSpan(_labels)));
        file.WriteTo(stream);
    }

    private static void WriteAll<T>(Stream stream, ReadOnlySpan<T> values) where T : unmanaged
    {
        // In parts, since a span of bytes cannot be as long as a list of wider elements.
        const int Part = 1 << 24;
        for (var first = 0; first < values.Length; first += Part)
            stream.Write(MemoryMarshal.AsBytes(values.Slice(first, Math.Min(Part, values.Length - first))));
    }
}
