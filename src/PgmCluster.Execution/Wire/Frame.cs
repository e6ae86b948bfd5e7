using System.Buffers.Binary;

namespace PgmCluster.Execution.Wire;

/// <summary>Header of a frame, little-endian.</summary>
/// <param name="Kind">What follows.</param>
/// <param name="Step">The step it belongs to.</param>
/// <param name="Number">Of <see cref="FrameKind.Part"/>: place among the sender's nodes.</param>
/// <param name="Offset">Of blocks: first byte within the segment or state.</param>
/// <param name="Length">Bytes of the payload.</param>
/// <param name="Checksum">XXH3 of the payload.</param>
internal readonly record struct Frame(FrameKind Kind, long Step, int Number, long Offset, int Length, ulong Checksum)
{
    public const int Size = 40;
    private const uint Magic = 0x474D4750;

    public void Write(Span<byte> to)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(to, Magic);
        BinaryPrimitives.WriteUInt32LittleEndian(to[4..], (uint)Kind);
        BinaryPrimitives.WriteInt64LittleEndian(to[8..], Step);
        BinaryPrimitives.WriteInt32LittleEndian(to[16..], Number);
        BinaryPrimitives.WriteInt32LittleEndian(to[20..], Length);
        BinaryPrimitives.WriteInt64LittleEndian(to[24..], Offset);
        BinaryPrimitives.WriteUInt64LittleEndian(to[32..], Checksum);
    }

    /// <exception cref="InvalidDataException">These bytes are no header.</exception>
    public static Frame Read(ReadOnlySpan<byte> from)
    {
        if (BinaryPrimitives.ReadUInt32LittleEndian(from) != Magic)
            throw new InvalidDataException("The stream does not continue with a frame.");
        return new Frame(
            (FrameKind)BinaryPrimitives.ReadUInt32LittleEndian(from[4..]),
            BinaryPrimitives.ReadInt64LittleEndian(from[8..]),
            BinaryPrimitives.ReadInt32LittleEndian(from[16..]),
            BinaryPrimitives.ReadInt64LittleEndian(from[24..]),
            BinaryPrimitives.ReadInt32LittleEndian(from[20..]),
            BinaryPrimitives.ReadUInt64LittleEndian(from[32..]));
    }
}
