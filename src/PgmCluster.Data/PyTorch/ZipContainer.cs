using Microsoft.Win32.SafeHandles;
using PgmCluster.Data.Zip;

namespace PgmCluster.Data.PyTorch;

/// <summary>The container since PyTorch 1.6: records NAME/data.pkl, NAME/byteorder, NAME/version and NAME/data/KEY for each storage.</summary>
internal static class ZipContainer
{
    private const string PickleName = "/data.pkl";

    /// <summary>How a zip file with a record begins.</summary>
    public static ReadOnlySpan<byte> Start => "PK\x03\x04"u8;

    /// <summary>Reads the content and finds its storages.</summary>
    /// <exception cref="FormatException">The reason, without the file's name.</exception>
    public static (object? Root, IReadOnlyCollection<PyTorchStorage> Storages, string? Unusual) Read(SafeFileHandle handle, long fileLength, ReadBudget budget)
    {
        var (records, unusual) = ZipRecords.Read(handle, fileLength, budget);
        var pickles = records.Values.Where(r => r.Name.EndsWith(PickleName, StringComparison.Ordinal) && r.Name.IndexOf('/') == r.Name.Length - PickleName.Length).ToList();
        if (pickles.Count != 1) throw new FormatException($"it is a zip file with {pickles.Count} records 'NAME{PickleName}' instead of one, so no PyTorch file");
        var pickle = pickles[0];
        var name = pickle.Name[..^PickleName.Length];
        CheckByteOrder(handle, records.GetValueOrDefault($"{name}/byteorder"));
        CheckCrc(handle, pickle.Offset, pickle.Length, pickle.Crc, pickle.Name);

        var table = new StorageTable(budget, fileLength, storage =>
        {
            if (!records.TryGetValue($"{name}/data/{storage.Key}", out var record)) throw new FormatException($"storage '{PickleGlobals.Shown(storage.Key)}' has no record");
            if (record.Length != storage.Length)
                throw new FormatException($"storage '{PickleGlobals.Shown(storage.Key)}' should have {storage.Length} bytes, but its record has {record.Length}");
            (storage.FileOffset, storage.Crc) = (record.Offset, record.Crc);
        });
        var cursor = new FileCursor(handle, pickle.Offset, pickle.Offset + pickle.Length);
        var root = Unpickler.Read(cursor, budget, table.Load);
        if (cursor.Remaining > 0) throw new FormatException($"{cursor.Remaining} bytes follow the end of its pickle");
        return (root, table.Storages, unusual);
    }

    /// <summary>Reads a range in small parts, and compares its checksum.</summary>
    public static void CheckCrc(SafeFileHandle handle, long offset, long length, uint expected, string what)
    {
        var cursor = new FileCursor(handle, offset, offset + length);
        var crc = new Crc32();
        var part = new byte[(int)Math.Min(length, 1 << 16)];
        while (cursor.Remaining > 0)
        {
            var bytes = part.AsSpan(0, (int)Math.Min(part.Length, cursor.Remaining));
            cursor.Read(bytes);
            crc.Append(bytes);
        }
        if (crc.Value != expected) throw WrongCrc(what, expected, crc.Value);
    }

    public static FormatException WrongCrc(string what, uint expected, uint actual) =>
        new($"the record '{PickleGlobals.Shown(what)}' has the checksum {actual:x8} instead of {expected:x8}; it is damaged");

    private static void CheckByteOrder(SafeFileHandle handle, ZipRecord? record)
    {
        // Older versions wrote none, and ran on little-endian machines.
        if (record is null) return;
        CheckCrc(handle, record.Offset, record.Length, record.Crc, record.Name);
        var text = new byte[(int)Math.Min(record.Length, 16)];
        ExactReads.Fill(handle, record.Offset, text);
        if (!text.AsSpan().SequenceEqual("little"u8)) throw new FormatException("it was not written on a little-endian machine");
    }
}
