using System.Buffers.Binary;
using System.Text;

namespace PgmCluster.Data.Zip;

/// <summary>
/// Writes a zip file as PyTorch does: records stored, their bytes at multiples of 64, sizes and checksums behind them, so that the stream
/// need not seek. The padding is an extra field "FB" filled with 'Z'.
/// </summary>
internal sealed class ZipRecordWriter(Stream stream)
{
    private const int Alignment = 64, LocalLength = 30;
    private const ushort Utf8 = 0x0800, SizesFollow = 0x0008;

    private readonly List<(string Name, long Header, long Length, uint Crc, ushort Flags)> _entries = [];
    private long _position;

    /// <summary>Writes one record.</summary>
    /// <param name="name">Unique within the file.</param>
    /// <param name="length">Bytes that <paramref name="write"/> writes.</param>
    /// <param name="write">The content.</param>
    public void Add(string name, long length, Action<Stream> write)
    {
        var header = _position;
        var nameBytes = Encoding.UTF8.GetBytes(name);
        // Sizes behind the record are of 64 bits where this field announces it.
        var zip64 = length >= uint.MaxValue ? Zip64Field(length, length) : [];
        var start = header + LocalLength + nameBytes.Length + zip64.Length + 4;
        var padding = (int)((Alignment - start % Alignment) % Alignment);
        var flags = (ushort)(length > 0 ? Utf8 | SizesFollow : Utf8);

        var local = new byte[LocalLength + nameBytes.Length + zip64.Length + 4 + padding];
        BinaryPrimitives.WriteUInt32LittleEndian(local, 0x04034b50);
        BinaryPrimitives.WriteUInt16LittleEndian(local.AsSpan(6), flags);
        if (zip64.Length > 0)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(local.AsSpan(18), uint.MaxValue);
            BinaryPrimitives.WriteUInt32LittleEndian(local.AsSpan(22), uint.MaxValue);
        }
        BinaryPrimitives.WriteUInt16LittleEndian(local.AsSpan(26), (ushort)nameBytes.Length);
        BinaryPrimitives.WriteUInt16LittleEndian(local.AsSpan(28), (ushort)(zip64.Length + 4 + padding));
        nameBytes.CopyTo(local, LocalLength);
        zip64.CopyTo(local, LocalLength + nameBytes.Length);
        var extra = local.AsSpan(LocalLength + nameBytes.Length + zip64.Length);
        "FB"u8.CopyTo(extra);
        BinaryPrimitives.WriteUInt16LittleEndian(extra[2..], (ushort)padding);
        extra[4..].Fill((byte)'Z');
        Write(local);

        var content = new CrcStream(stream);
        var bounded = new Safetensors.ExactLengthStream(content, length, name);
        write(bounded);
        bounded.CheckComplete();
        _position += length;

        if (length > 0)
        {
            var behind = new byte[zip64.Length > 0 ? 24 : 16];
            BinaryPrimitives.WriteUInt32LittleEndian(behind, 0x08074b50);
            BinaryPrimitives.WriteUInt32LittleEndian(behind.AsSpan(4), content.Crc);
            for (var i = 0; i < 2; i++)
            {
                if (zip64.Length > 0) BinaryPrimitives.WriteInt64LittleEndian(behind.AsSpan(8 + 8 * i), length);
                else BinaryPrimitives.WriteUInt32LittleEndian(behind.AsSpan(8 + 4 * i), (uint)length);
            }
            Write(behind);
        }
        _entries.Add((name, header, length, content.Crc, flags));
    }

    /// <summary>Writes the directory; nothing may follow.</summary>
    public void Finish()
    {
        var start = _position;
        foreach (var entry in _entries) WriteEntry(entry.Name, entry.Header, entry.Length, entry.Crc, entry.Flags);
        var (end64, length) = (_position, _position - start);

        var end = new byte[56 + 20 + 22];
        BinaryPrimitives.WriteUInt32LittleEndian(end, 0x06064b50);
        BinaryPrimitives.WriteInt64LittleEndian(end.AsSpan(4), 56 - 12);
        BinaryPrimitives.WriteUInt16LittleEndian(end.AsSpan(12), 45);
        BinaryPrimitives.WriteUInt16LittleEndian(end.AsSpan(14), 45);
        BinaryPrimitives.WriteInt64LittleEndian(end.AsSpan(24), _entries.Count);
        BinaryPrimitives.WriteInt64LittleEndian(end.AsSpan(32), _entries.Count);
        BinaryPrimitives.WriteInt64LittleEndian(end.AsSpan(40), length);
        BinaryPrimitives.WriteInt64LittleEndian(end.AsSpan(48), start);
        var locator = end.AsSpan(56);
        BinaryPrimitives.WriteUInt32LittleEndian(locator, 0x07064b50);
        BinaryPrimitives.WriteInt64LittleEndian(locator[8..], end64);
        BinaryPrimitives.WriteUInt32LittleEndian(locator[16..], 1);
        var last = end.AsSpan(76);
        BinaryPrimitives.WriteUInt32LittleEndian(last, 0x06054b50);
        var count = (ushort)Math.Min(_entries.Count, ushort.MaxValue);
        BinaryPrimitives.WriteUInt16LittleEndian(last[8..], count);
        BinaryPrimitives.WriteUInt16LittleEndian(last[10..], count);
        BinaryPrimitives.WriteUInt32LittleEndian(last[12..], Narrow(length));
        BinaryPrimitives.WriteUInt32LittleEndian(last[16..], Narrow(start));
        Write(end);
    }

    private void WriteEntry(string name, long header, long length, uint crc, ushort flags)
    {
        var nameBytes = Encoding.UTF8.GetBytes(name);
        List<long> wide = length >= uint.MaxValue ? [length, length] : [];
        if (header >= uint.MaxValue) wide.Add(header);
        var extra = wide.Count > 0 ? Zip64Field([.. wide]) : [];
        var entry = new byte[46 + nameBytes.Length + extra.Length];
        BinaryPrimitives.WriteUInt32LittleEndian(entry, 0x02014b50);
        BinaryPrimitives.WriteUInt16LittleEndian(entry.AsSpan(8), flags);
        BinaryPrimitives.WriteUInt32LittleEndian(entry.AsSpan(16), crc);
        BinaryPrimitives.WriteUInt32LittleEndian(entry.AsSpan(20), Narrow(length));
        BinaryPrimitives.WriteUInt32LittleEndian(entry.AsSpan(24), Narrow(length));
        BinaryPrimitives.WriteUInt16LittleEndian(entry.AsSpan(28), (ushort)nameBytes.Length);
        BinaryPrimitives.WriteUInt16LittleEndian(entry.AsSpan(30), (ushort)extra.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(entry.AsSpan(42), Narrow(header));
        nameBytes.CopyTo(entry, 46);
        extra.CopyTo(entry, 46 + nameBytes.Length);
        Write(entry);
    }

    private static uint Narrow(long value) => (uint)Math.Min(value, uint.MaxValue);

    private static byte[] Zip64Field(params long[] values)
    {
        var field = new byte[4 + 8 * values.Length];
        BinaryPrimitives.WriteUInt16LittleEndian(field, 1);
        BinaryPrimitives.WriteUInt16LittleEndian(field.AsSpan(2), (ushort)(8 * values.Length));
        for (var i = 0; i < values.Length; i++) BinaryPrimitives.WriteInt64LittleEndian(field.AsSpan(4 + 8 * i), values[i]);
        return field;
    }

    private void Write(ReadOnlySpan<byte> bytes)
    {
        stream.Write(bytes);
        _position += bytes.Length;
    }
}
