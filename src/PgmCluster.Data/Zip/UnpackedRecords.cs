using System.IO.Compression;
using System.IO.Hashing;
using Microsoft.Win32.SafeHandles;

namespace PgmCluster.Data.Zip;

/// <summary>
/// Deflated records of a zip file, each unpacked when it is first asked for, into a file in the directory for temporary files that has no
/// name any more: it ends with this process, whatever becomes of that. May be used from several threads.
/// </summary>
/// <param name="packed">The zip file; not owned.</param>
internal sealed class UnpackedRecords(SafeFileHandle packed) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, long> _offsets = new(StringComparer.Ordinal);
    private SafeFileHandle? _file;
    private long _end;

    /// <summary>Where a record's bytes lie once they are unpacked; its checksum has been compared then.</summary>
    /// <exception cref="FormatException">The record is damaged; the reason, without the file's name.</exception>
    /// <exception cref="IOException">There is no room for it.</exception>
    public (SafeFileHandle Handle, long Offset) Find(ZipRecord record)
    {
        lock (_gate)
        {
            _file ??= Create();
            if (!_offsets.TryGetValue(record.Name, out var offset))
            {
                offset = _end;
                Unpack(record, _file, offset);
                _offsets.Add(record.Name, offset);
                _end += record.Length;
            }
            return (_file, offset);
        }
    }

    public void Dispose() => _file?.Dispose();

    private void Unpack(ZipRecord record, SafeFileHandle file, long offset)
    {
        using var inflated = new DeflateStream(new FileRangeStream(packed, record.Offset, record.Packed), CompressionMode.Decompress);
        var (crc, part) = (new Crc32(), new byte[1 << 16]);
        try
        {
            for (var left = record.Length; left > 0;)
            {
                var bytes = part.AsSpan(0, (int)Math.Min(part.Length, left));
                inflated.ReadExactly(bytes);
                crc.Append(bytes);
                RandomAccess.Write(file, bytes, offset + record.Length - left);
                left -= bytes.Length;
            }
            if (inflated.ReadByte() >= 0)
                throw new FormatException(
                    $"the record '{record.Name}' has more than the {record.Length} bytes that the zip directory says");
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException)
        {
            throw new FormatException(
                $"the record '{record.Name}' does not unpack to the {record.Length} bytes that the zip directory says; it is damaged", e);
        }
        if (crc.GetCurrentHashAsUInt32() is var actual && actual != record.Crc)
            throw new FormatException(
                $"the record '{record.Name}' has the checksum {actual:x8} instead of {record.Crc:x8}; it is damaged");
    }

    private static SafeFileHandle Create()
    {
        var path = Path.GetTempFileName();
        var handle = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.Delete);
        File.Delete(path);
        return handle;
    }
}
