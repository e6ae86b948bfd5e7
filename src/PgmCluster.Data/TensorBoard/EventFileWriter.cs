using System.Buffers.Binary;
using System.Numerics;
using System.Text;
using PgmCluster.Data.Zip;

namespace PgmCluster.Data.TensorBoard;

/// <summary>
/// Writes TensorBoard event files: TFRecords (length, checksum, data, checksum) of Event protocol buffers. Only scalars, the few fields
/// that TensorBoard reads, encoded by hand.
/// </summary>
public sealed class EventFileWriter
{
    private const int Varint = 0, Fixed64 = 1, Bytes = 2, Fixed32 = 5;
    private readonly Stream _stream;

    /// <summary>Begins the file; the stream is not disposed here.</summary>
    /// <param name="stream">Only written to.</param>
    /// <param name="time">Of the first record, which names the file format's version.</param>
    public EventFileWriter(Stream stream, DateTimeOffset time)
    {
        _stream = stream;
        Event(time, 0, e => Field(e, 3, Bytes, "brain.Event:2"u8));
    }

    /// <summary>Appends a value.</summary>
    /// <param name="tag">Name of the curve, such as "train/loss".</param>
    /// <param name="step">Step it belongs to.</param>
    /// <param name="value">Stored as float32, as TensorBoard has it.</param>
    /// <param name="time">When it was.</param>
    public void Scalar(string tag, long step, double value, DateTimeOffset time)
    {
        var entry = new MemoryStream();
        Field(entry, 1, Bytes, Encoding.UTF8.GetBytes(tag));
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteSingleLittleEndian(number, (float)value);
        Field(entry, 2, Fixed32, number);
        var summary = new MemoryStream();
        Field(summary, 1, Bytes, entry.ToArray());
        Event(time, step, e => Field(e, 5, Bytes, summary.ToArray()));
    }

    /// <summary>
    /// CRC-32C as TFRecords have it: rotated by 15 bits and shifted by a constant, so that checksums of checksums stay good ones.
    /// </summary>
    public static uint MaskedCrc(ReadOnlySpan<byte> data)
    {
        var crc = uint.MaxValue;
        foreach (var b in data) crc = BitOperations.Crc32C(crc, b);
        return BitOperations.RotateRight(~crc, 15) + 0xA282EAD8;
    }

    private void Event(DateTimeOffset time, long step, Action<MemoryStream> what)
    {
        var record = new MemoryStream();
        Span<byte> seconds = stackalloc byte[8];
        BinaryPrimitives.WriteDoubleLittleEndian(seconds, (time - DateTimeOffset.UnixEpoch).TotalSeconds);
        Field(record, 1, Fixed64, seconds);
        record.WriteByte(2 << 3 | Varint);
        WriteVarint(record, (ulong)step);
        what(record);
        Record(record.ToArray());
    }

    private void Record(byte[] data)
    {
        Span<byte> head = stackalloc byte[12];
        BinaryPrimitives.WriteInt64LittleEndian(head, data.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(head[8..], MaskedCrc(head[..8]));
        _stream.Write(head);
        _stream.Write(data);
        Span<byte> foot = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(foot, MaskedCrc(data));
        _stream.Write(foot);
    }

    private static void Field(MemoryStream message, int number, int type, ReadOnlySpan<byte> value)
    {
        message.WriteByte((byte)(number << 3 | type));
        if (type == Bytes) WriteVarint(message, (ulong)value.Length);
        message.Write(value);
    }

    private static void WriteVarint(MemoryStream message, ulong value)
    {
        for (; value >= 0x80; value >>= 7) message.WriteByte((byte)(value | 0x80));
        message.WriteByte((byte)value);
    }
}
