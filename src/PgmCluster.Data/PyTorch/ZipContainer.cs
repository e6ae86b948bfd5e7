using System.IO.Hashing;
using Microsoft.Win32.SafeHandles;
using PgmCluster.Data.Zip;

namespace PgmCluster.Data.PyTorch;

/// <summary>
/// The container since PyTorch 1.6: records NAME/data.pkl, NAME/byteorder, NAME/version and NAME/data/KEY for each storage.
/// </summary>
internal static class ZipContainer
{
    private const string PickleName = "/data.pkl";

    /// <summary>How a zip file with a record begins.</summary>
    public static ReadOnlySpan<byte> Start => "PK\x03\x04"u8;

    /// <summary>Reads the content and finds its storages.</summary>
    /// <param name="handle">The file.</param>
    /// <param name="fileLength">Its bytes.</param>
    /// <param name="budget">Of memory.</param>
    /// <param name="unpacked">Takes what is compressed.</param>
    /// <exception cref="FormatException">The reason, without the file's name.</exception>
    public static PyTorchContent Read(SafeFileHandle handle, long fileLength, ReadBudget budget, UnpackedRecords unpacked)
    {
        var (records, unusual) = ZipRecords.Read(handle, fileLength, budget);
        var pickles = records.Values.Where(
            r => r.Name.EndsWith(PickleName, StringComparison.Ordinal) && r.Name.IndexOf('/') == r.Name.Length - PickleName.Length)
                .ToList();
        if (pickles.Count != 1)
            throw new FormatException(
                $"it is a zip file with {pickles.Count} records 'NAME{PickleName}' instead of one, so no PyTorch file");
        var pickle = pickles[0];
        var name = pickle.Name[..^PickleName.Length];
        var isBigEndian = records.TryGetValue($"{name}/byteorder", out var order) && IsBigEndian(handle, order, unpacked);
        var (source, start) = Find(handle, pickle, unpacked);

        // A storage has as many bytes as its record, compared below; there is none that is larger than the largest.
        var most = records.Values.Max(r => r.Length);
        var table = new StorageTable(budget, most, storage =>
        {
            if (!records.TryGetValue($"{name}/data/{storage.Key}", out var record))
                throw new FormatException($"storage '{PickleGlobals.Shown(storage.Key)}' has no record");
            if (record.Length != storage.Length)
                throw new FormatException(
                    $"storage '{PickleGlobals.Shown(storage.Key)}' should have {storage.Length} bytes, but its record has {record.Length}");
            if (record.IsDeflated) storage.Deflated = record;
            else (storage.FileOffset, storage.Crc) = (record.Offset, record.Crc);
        });
        var cursor = new FileCursor(source, start, start + pickle.Length);
        var root = Unpickler.Read(cursor, budget, table.Load);
        if (cursor.Remaining > 0) throw new FormatException($"{cursor.Remaining} bytes follow the end of its pickle");
        if (isBigEndian) unusual = $"written on a big-endian machine{(unusual is null ? "" : $"; {unusual}")}";
        return new PyTorchContent(root, table.Storages, isBigEndian, unusual);
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
        if (crc.GetCurrentHashAsUInt32() is var actual && actual != expected) throw WrongCrc(what, expected, actual);
    }

    public static FormatException WrongCrc(string what, uint expected, uint actual) =>
        new($"the record '{PickleGlobals.Shown(what)}' has the checksum {actual:x8} instead of {expected:x8}; it is damaged");

    /// <summary>Where a record's bytes lie as they were before anybody compressed them; they are what their checksum says.</summary>
    private static (SafeFileHandle Handle, long Offset) Find(SafeFileHandle handle, ZipRecord record, UnpackedRecords unpacked)
    {
        if (record.IsDeflated) return unpacked.Find(record);
        CheckCrc(handle, record.Offset, record.Length, record.Crc, record.Name);
        return (handle, record.Offset);
    }

    /// <remarks>Older versions wrote no such record, and ran on little-endian machines.</remarks>
    private static bool IsBigEndian(SafeFileHandle handle, ZipRecord record, UnpackedRecords unpacked)
    {
        var (source, start) = Find(handle, record, unpacked);
        var text = new byte[(int)Math.Min(record.Length, 16)];
        ExactReads.Fill(source, start, text);
        if (text.AsSpan().SequenceEqual("big"u8)) return true;
        if (text.AsSpan().SequenceEqual("little"u8)) return false;
        throw new FormatException($"its record '{PickleGlobals.Shown(record.Name)}' says neither 'little' nor 'big'");
    }
}
