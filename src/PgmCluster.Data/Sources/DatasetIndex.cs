using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using PgmCluster.Data.Safetensors;

namespace PgmCluster.Data.Sources;

/// <summary>
/// The order that a dataset's splits are runs of. As a file: <c>order</c> I32 [n] (position to picture, counted through the shards).
/// Folders that were registered before there were manifests have <c>names</c> U8 (UTF-8, separated by zero bytes) and <c>sha256</c> U8 [n,
/// 32] beside it, what each picture's file was.
/// </summary>
public sealed class DatasetIndex
{
    private const string OrderName = "order", NamesName = "names", HashesName = "sha256", VersionKey = "draw";

    /// <summary>The draw that is made today; part of the file, since splits depend on it.</summary>
    private const string Version = "1";

    private readonly byte[] _hashes;

    private DatasetIndex(int[] order, string[] names, byte[] hashes) => (Order, Names, _hashes) = (order, names, hashes);

    /// <summary>At each position the picture's index in the source.</summary>
    public IReadOnlyList<int> Order { get; }

    /// <summary>The pictures' files by index in the source; empty where many pictures share a file.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>
    /// Draws an order: stratified by label, by the pictures' content, so that it is the same in every layout.
    /// </summary>
    /// <param name="labels">Of the pictures that are drawn, which are the first.</param>
    /// <param name="content">SHA-256 of a picture, as two halves.</param>
    /// <param name="count">Of all; those that are not drawn follow as they are.</param>
    public static DatasetIndex Draw(ReadOnlySpan<int> labels, Func<int, (UInt128 High, UInt128 Low)> content, int count)
    {
        var keys = new UInt128[labels.Length];
        // Not the content's hash itself: the draw has a seed of its own, 0.
        Span<byte> seeded = stackalloc byte[8 + SHA256.HashSizeInBytes];
        Span<byte> key = stackalloc byte[SHA256.HashSizeInBytes];
        seeded.Clear();
        for (var i = 0; i < keys.Length; i++)
        {
            var (high, low) = content(i);
            BinaryPrimitives.WriteUInt128BigEndian(seeded[8..], high);
            BinaryPrimitives.WriteUInt128BigEndian(seeded[24..], low);
            SHA256.HashData(seeded, key);
            keys[i] = BinaryPrimitives.ReadUInt128BigEndian(key);
        }
        return new DatasetIndex(
            [.. StratifiedOrder.Draw(labels.ToArray(), keys), .. Enumerable.Range(labels.Length, count - labels.Length)], [], []);
    }

    /// <summary>The order in which a source lists its pictures, where they share files.</summary>
    public static DatasetIndex InOrder(int count) => new([.. Enumerable.Range(0, count)], [], []);

    /// <summary>SHA-256 of a picture's file.</summary>
    /// <param name="index">In the source.</param>
    public ReadOnlySpan<byte> Stored(int index) => _hashes.AsSpan(index * SHA256.HashSizeInBytes, SHA256.HashSizeInBytes);

    /// <summary>Writes the file; equal sources give equal bytes.</summary>
    public void WriteTo(Stream stream)
    {
        var writer = new SafetensorsWriter();
        writer.Metadata[VersionKey] = Version;
        writer.Add<int>(OrderName, [Order.Count], Order.ToArray());
        if (Names.Count > 0)
        {
            var names = Encoding.UTF8.GetBytes(string.Join('\0', Names));
            writer.Add<byte>(NamesName, [names.Length], names);
            writer.Add<byte>(HashesName, [Names.Count, SHA256.HashSizeInBytes], _hashes);
        }
        writer.WriteTo(stream);
    }

    /// <summary>Reads a file that <see cref="WriteTo"/> made.</summary>
    /// <exception cref="DataCorruptException">It is something else.</exception>
    public static DatasetIndex Read(string path)
    {
        using var file = SafetensorsFile.Open(path);
        if (file.Metadata.GetValueOrDefault(VersionKey) != Version)
            throw new DataCorruptException(
                $"Reading the index of a dataset, {path}: it is of another version. "
                + "Use a silo of the version that registered the dataset.");
        var order = file.ReadArray<int>(OrderName);
        if (!file.Contains(NamesName)) return new DatasetIndex(order, [], []);
        var names = Encoding.UTF8.GetString(file.ReadArray<byte>(NamesName)).Split('\0');
        var hashes = file.ReadArray<byte>(HashesName);
        if (names.Length != order.Length || hashes.Length != names.Length * SHA256.HashSizeInBytes)
            throw new DataCorruptException(
                $"Reading the index of a dataset, {path}: {order.Length} pictures, {names.Length} names. Register the dataset again.");
        return new DatasetIndex(order, names, hashes);
    }
}
