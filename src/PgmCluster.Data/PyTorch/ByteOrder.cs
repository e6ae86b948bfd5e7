using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace PgmCluster.Data.PyTorch;

/// <summary>Turns elements round that a big-endian machine wrote.</summary>
internal static class ByteOrder
{
    /// <param name="elements">A whole number of elements; changed.</param>
    /// <param name="size">Bytes of an element: 1, 2, 4 or 8.</param>
    public static void Reverse(Span<byte> elements, int size)
    {
        switch (size)
        {
            case 1:
                break;
            case 2:
                var shorts = MemoryMarshal.Cast<byte, ushort>(elements);
                BinaryPrimitives.ReverseEndianness(shorts, shorts);
                break;
            case 4:
                var ints = MemoryMarshal.Cast<byte, uint>(elements);
                BinaryPrimitives.ReverseEndianness(ints, ints);
                break;
            case 8:
                var longs = MemoryMarshal.Cast<byte, ulong>(elements);
                BinaryPrimitives.ReverseEndianness(longs, longs);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(size), size, "Elements have 1, 2, 4 or 8 bytes.");
        }
    }
}
