using System.Numerics;
using Microsoft.Win32.SafeHandles;
using PgmCluster.Data.Pickles;

namespace PgmCluster.Data.PyTorch;

/// <summary>
/// The container before PyTorch 1.6: pickles of a magic number, a version, the machine's facts, the content and the list of storages,
/// then each storage as a count and its elements. It has no checksums.
/// </summary>
internal static class LegacyStream
{
    private const long Version = 1001;

    private static readonly BigInteger Magic = BigInteger.Parse("1950a86a20f9469cfc6c", System.Globalization.NumberStyles.HexNumber, null);

    /// <summary>How a file of this kind begins: protocol 2, and a LONG1 of ten bytes.</summary>
    public static ReadOnlySpan<byte> Start => [0x80, 0x02, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19];

    /// <summary>Reads the content and finds its storages.</summary>
    /// <exception cref="FormatException">The reason, without the file's name.</exception>
    public static PyTorchContent Read(SafeFileHandle handle, long fileLength, ReadBudget budget)
    {
        var cursor = new FileCursor(handle, 0, fileLength);
        if (Unpickler.Read(cursor, budget, NoStorages) is not BigInteger magic || magic != Magic)
            throw new FormatException("its magic number is not that of a PyTorch file");
        if (Unpickler.Read(cursor, budget, NoStorages) is not Version)
            throw new FormatException($"it is not of version {Version} of PyTorch's legacy format");
        if (Unpickler.Read(cursor, budget, NoStorages) is not PickleDictionary facts || facts.Find("little_endian") is not true)
            throw new FormatException("it was not written on a little-endian machine");

        var table = new StorageTable(budget, fileLength);
        var root = Unpickler.Read(cursor, budget, table.Load);
        if (Unpickler.Read(cursor, budget, NoStorages) is not List<object?> keys)
            throw new FormatException("it does not list its storages");
        if (keys.Count != table.Storages.Count)
            throw new FormatException($"it lists {keys.Count} storages, and its tensors use {table.Storages.Count}");
        foreach (var item in keys)
        {
            if (item is not string key || table.Find(key) is not { FileOffset: 0 } storage)
                throw new FormatException("it lists a storage twice, or one that no tensor uses");
            var count = cursor.ReadUInt64();
            if (count != (ulong)storage.DeclaredCount)
                throw new FormatException(
                    $"storage '{PickleGlobals.Shown(key)}' has {count} elements where it lies and {storage.DeclaredCount} where it is "
                    + "used");
            storage.FileOffset = cursor.Position;
            cursor.Skip(storage.Length);
        }
        return new PyTorchContent(
            root, table.Storages, IsBigEndian: false,
            cursor.Remaining > 0 ? $"{cursor.Remaining} bytes behind its last storage, not looked at" : null);
    }

    private static object NoStorages(object?[] id) => throw new FormatException("a storage is used before the content begins");
}
