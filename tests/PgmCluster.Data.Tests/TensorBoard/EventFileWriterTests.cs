using System.Buffers.Binary;
using System.Text;
using PgmCluster.Data.TensorBoard;

namespace PgmCluster.Data.Tests.TensorBoard;

public class EventFileWriterTests
{
    private static readonly DateTimeOffset Time = DateTimeOffset.FromUnixTimeSeconds(1_700_000_000);

    [Fact]
    public void MaskedCrc_KnownText_IsTheStandardsChecksumMasked()
    {
        // CRC-32C of "123456789" is E3069283 (RFC 3720's polynomial); masked: rotated right by 15, plus A282EAD8.
        const uint crc = 0xE3069283;
        Assert.Equal(unchecked(((crc >> 15) | (crc << 17)) + 0xA282EAD8), EventFileWriter.MaskedCrc("123456789"u8));
    }

    [Fact]
    public void Scalar_SomeValues_AreRecordsWithRightLengthsAndChecksums()
    {
        var stream = new MemoryStream();
        var file = new EventFileWriter(stream, Time);
        file.Scalar("train/loss", 300, 1.5, Time);
        var records = Records(stream.ToArray());

        Assert.Equal(2, records.Count);
        Assert.Contains("brain.Event:2", Encoding.ASCII.GetString(records[0]));
        // wall_time (1, double), step (2, varint 300), summary (5) { value (1) { tag (1), simple_value (2, float) } }
        byte[] value = [0x0A, 10, .. "train/loss"u8, 0x15, 0, 0, 0xC0, 0x3F];
        byte[] expected = [0x09, .. BitConverter.GetBytes(1_700_000_000.0), 0x10, 0xAC, 0x02, 0x2A, (byte)(value.Length + 2), 0x0A,
            (byte)value.Length, .. value];
        Assert.Equal(expected, records[1]);
    }

    private static List<byte[]> Records(ReadOnlySpan<byte> file)
    {
        var records = new List<byte[]>();
        while (file.Length > 0)
        {
            var length = (int)BinaryPrimitives.ReadInt64LittleEndian(file);
            Assert.Equal(EventFileWriter.MaskedCrc(file[..8]), BinaryPrimitives.ReadUInt32LittleEndian(file[8..]));
            var data = file.Slice(12, length);
            Assert.Equal(EventFileWriter.MaskedCrc(data), BinaryPrimitives.ReadUInt32LittleEndian(file[(12 + length)..]));
            records.Add(data.ToArray());
            file = file[(12 + length + 4)..];
        }
        return records;
    }
}
