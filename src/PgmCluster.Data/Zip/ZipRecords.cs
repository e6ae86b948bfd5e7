using System.Buffers.Binary;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace PgmCluster.Data.Zip;

/// <summary>
/// The directory of a zip file as PyTorch writes them: records stored as they are, zip64 where large. Deflated records, a comment, or bytes
/// that follow the directory, come from other programs. Smaller and stricter than
/// <see cref="System.IO.Compression.ZipArchive"/>, which reads no record at a position, checks no checksum and takes any number of
/// overlapping entries; what is encrypted, doubled or overlapping, or unpacks to far more than the file has, is refused here.
/// </summary>
internal static class ZipRecords
{
    private const int EndLength = 22, LocatorLength = 20, End64Length = 56, LocalLength = 30;
    private const int Stored = 0, Deflated = 8;

    /// <summary>What deflated weights unpack to is well below so many times the file, or so small that it does not matter.</summary>
    private const long MostUnpacked = 32, MostUnpackedAnyway = 64L << 20;

    /// <summary>How far from the end the directory's end is looked for; a comment has at most 65,535 bytes.</summary>
    private const int MostBehind = 1 << 20;

    private static ReadOnlySpan<byte> EndMark => "PK\x05\x06"u8;

    /// <summary>Bytes that an entry takes in memory beside its name.</summary>
    private const int EntryCost = 320;

    /// <summary>Reads and checks the directory; no record's content.</summary>
    /// <exception cref="FormatException">The reason, without the file's name.</exception>
    /// <returns>The records by name, and what is unusual about the file; null where nothing is.</returns>
    public static (Dictionary<string, ZipRecord> Records, string? Unusual) Read(SafeFileHandle handle, long fileLength, ReadBudget budget)
    {
        var (directory, length, count, unusual) = FindDirectory(handle, fileLength);
        var records = new Dictionary<string, ZipRecord>(StringComparer.Ordinal);
        var ranges = new List<(long Start, long End, string Name)>();
        var cursor = new FileCursor(handle, directory, directory + length);
        for (long i = 0; i < count; i++)
        {
            var (header, record) = ReadEntry(cursor, handle, directory, budget);
            if (!records.TryAdd(record.Name, record)) throw new FormatException($"the zip directory lists '{record.Name}' twice");
            ranges.Add((header, record.Offset + record.Packed, record.Name));
        }
        if (cursor.Remaining > 0) throw new FormatException($"{cursor.Remaining} bytes of the zip directory belong to no entry");

        ranges.Sort();
        for (var i = 1; i < ranges.Count; i++)
        {
            if (ranges[i].Start < ranges[i - 1].End)
                throw new FormatException($"the records '{ranges[i - 1].Name}' and '{ranges[i].Name}' overlap");
        }
        var deflated = records.Values.Where(r => r.IsDeflated).ToList();
        var unpacked = deflated.Aggregate((Int128)0, (sum, record) => sum + record.Length);
        if (unpacked > MostUnpackedAnyway + ((Int128)MostUnpacked * fileLength))
            throw new FormatException(
                $"its compressed records unpack to {unpacked} bytes, over {MostUnpacked} times the file's {fileLength}: no weights do");
        if (deflated.Count > 0)
            unusual = $"{deflated.Count} of {records.Count} records are compressed{(unusual is null ? "" : $"; {unusual}")}";
        return (records, unusual);
    }

    /// <summary>
    /// The last end record whose directory lies where it says: what follows it is a comment, or was put behind the file by somebody.
    /// </summary>
    private static (long Offset, long Length, long Count, string? Unusual) FindDirectory(SafeFileHandle handle, long fileLength)
    {
        var tail = new byte[(int)Math.Min(fileLength, MostBehind)];
        var start = fileLength - tail.Length;
        ExactReads.Fill(handle, start, tail);
        FormatException? first = null;
        for (var at = tail.Length; (at = tail.AsSpan(0, at).LastIndexOf(EndMark)) >= 0;)
        {
            if (tail.Length - at < EndLength) continue;
            try
            {
                var (offset, length, count) = ReadEnd(handle, start + at);
                var behind = tail.Length - at - EndLength;
                int comment = BinaryPrimitives.ReadUInt16LittleEndian(tail.AsSpan(at + 20));
                return (offset, length, count, behind == 0 ? null : behind == comment ? $"a comment of {comment} bytes in the zip file, "
                    + "not looked at" : $"{behind} bytes behind the zip file, not looked at");
            }
            catch (FormatException e)
            {
                first ??= e;
            }
        }
        throw first ?? new FormatException("it begins like a zip file but has no directory at its end; it is truncated or changed");
    }

    private static (long Offset, long Length, long Count) ReadEnd(SafeFileHandle handle, long at)
    {
        var hasLocator = at >= LocatorLength;
        var bytes = new byte[EndLength + (hasLocator ? LocatorLength : 0)];
        ExactReads.Fill(handle, at - (bytes.Length - EndLength), bytes);
        var end = bytes.AsSpan(bytes.Length - EndLength);
        long count = BinaryPrimitives.ReadUInt16LittleEndian(end[10..]);
        long length = BinaryPrimitives.ReadUInt32LittleEndian(end[12..]);
        long offset = BinaryPrimitives.ReadUInt32LittleEndian(end[16..]);
        var directoryEnd = at;
        if (hasLocator && BinaryPrimitives.ReadUInt32LittleEndian(bytes) == 0x07064b50)
        {
            directoryEnd = BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(8));
            if (directoryEnd < 0 || directoryEnd > at - LocatorLength - End64Length)
                throw new FormatException("the locator of the zip64 directory points outside the file");
            Span<byte> end64 = stackalloc byte[End64Length];
            ExactReads.Fill(handle, directoryEnd, end64);
            if (BinaryPrimitives.ReadUInt32LittleEndian(end64) != 0x06064b50)
                throw new FormatException("there is no zip64 directory where its locator points");
            var (count64, length64, offset64) = (BinaryPrimitives.ReadInt64LittleEndian(end64[32..]),
                BinaryPrimitives.ReadInt64LittleEndian(end64[40..]), BinaryPrimitives.ReadInt64LittleEndian(end64[48..]));
            if ((count != count64 && count != ushort.MaxValue) || (length != length64 && length != uint.MaxValue)
                || (offset != offset64 && offset != uint.MaxValue))
                throw new FormatException("its two zip directories contradict each other");
            (count, length, offset) = (count64, length64, offset64);
        }
        if (offset < 0 || length < 0 || count < 0 || offset > directoryEnd || length != directoryEnd - offset)
            throw new FormatException($"the zip directory should take {length} bytes from byte {offset}, which does not fit the file");
        return (offset, length, count);
    }

    private static (long Header, ZipRecord Record) ReadEntry(FileCursor cursor, SafeFileHandle handle, long directory, ReadBudget budget)
    {
        if (cursor.ReadUInt32() != 0x02014b50)
            throw new FormatException($"there is no entry of the zip directory at byte {cursor.Position - 4}");
        cursor.Skip(4);
        int flags = cursor.ReadUInt16(), method = cursor.ReadUInt16();
        cursor.Skip(4);
        var crc = cursor.ReadUInt32();
        long packed = cursor.ReadUInt32(), length = cursor.ReadUInt32();
        int nameLength = cursor.ReadUInt16(), extraLength = cursor.ReadUInt16(), commentLength = cursor.ReadUInt16();
        cursor.Skip(8);
        long header = cursor.ReadUInt32();

        budget.Charge(EntryCost + 4 * nameLength + extraLength);
        var nameBytes = new byte[nameLength];
        cursor.Read(nameBytes);
        var name = Encoding.UTF8.GetString(nameBytes);
        if (name.Any(c => char.IsControl(c) || c == '\uFFFD'))
            throw new FormatException($"an entry of the zip directory before byte {cursor.Position} has no readable name");
        var extra = new byte[extraLength];
        cursor.Read(extra);
        cursor.Skip(commentLength);
        ReadZip64(extra, ref length, ref packed, ref header);

        if ((flags & 1) != 0) throw new FormatException($"the record '{name}' is encrypted");
        if (method is not (Stored or Deflated))
            throw new FormatException($"the record '{name}' is compressed by method {method}, not by deflating: repack it with 'zip -0'");
        if (method == Stored && packed != length)
            throw new FormatException($"the record '{name}' of {length} bytes, not compressed, takes {packed} bytes");
        if (header < 0 || header > directory - LocalLength) throw new FormatException($"the record '{name}' lies outside the file");

        Span<byte> local = stackalloc byte[LocalLength];
        ExactReads.Fill(handle, header, local);
        var start = header + LocalLength + BinaryPrimitives.ReadUInt16LittleEndian(local[26..])
            + BinaryPrimitives.ReadUInt16LittleEndian(local[28..]);
        if (BinaryPrimitives.ReadUInt32LittleEndian(local) != 0x04034b50
            || BinaryPrimitives.ReadUInt16LittleEndian(local[26..]) != nameLength)
            throw new FormatException($"the record '{name}' does not begin where the zip directory says");
        if (length < 0 || packed < 0 || start > directory || packed > directory - start)
            throw new FormatException($"the record '{name}' of {packed} bytes from byte {start} runs into the zip directory");
        var localName = new byte[nameLength];
        ExactReads.Fill(handle, header + LocalLength, localName);
        if (!localName.AsSpan().SequenceEqual(nameBytes)) throw new FormatException($"the record '{name}' has another name where it lies");
        return (header, new ZipRecord(name, start, packed, length, crc, method == Deflated));
    }

    /// <summary>Values that do not fit 32 bits stand in the extra field 1, in this order, each only where it is needed.</summary>
    private static void ReadZip64(ReadOnlySpan<byte> extra, ref long length, ref long packed, ref long header)
    {
        if (length != uint.MaxValue && packed != uint.MaxValue && header != uint.MaxValue) return;
        while (extra.Length >= 4)
        {
            var size = BinaryPrimitives.ReadUInt16LittleEndian(extra[2..]);
            if (size > extra.Length - 4) break;
            var field = extra.Slice(4, size);
            if (BinaryPrimitives.ReadUInt16LittleEndian(extra) == 1)
            {
                Take(ref length, ref field);
                Take(ref packed, ref field);
                Take(ref header, ref field);
                return;
            }
            extra = extra[(4 + size)..];
        }

        static void Take(ref long value, ref ReadOnlySpan<byte> field)
        {
            if (value != uint.MaxValue || field.Length < 8) return;
            value = BinaryPrimitives.ReadInt64LittleEndian(field);
            field = field[8..];
        }
    }
}
