using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace PgmCluster.Execution.Wire;

/// <summary>Memory outside the garbage collector's, which the data plane reads and writes without a tensor operation.</summary>
/// <param name="Address">First byte.</param>
/// <param name="Length">Bytes.</param>
internal readonly unsafe record struct NativeBlock(nint Address, long Length)
{
    /// <summary>A contiguous CPU tensor's memory; valid as long as the tensor lives.</summary>
    public static NativeBlock Of(Tensor tensor)
    {
        if (tensor.numel() == 0) return new NativeBlock(0, 0);
        var bytes = tensor.numel() * tensor.ElementSize;
        // A span holds at most 2 GB; its first byte is where the tensor begins.
        using var scope = NewDisposeScope();
        var first = tensor.flatten().narrow(0, 0, 1);
        return new NativeBlock((nint)Unsafe.AsPointer(ref MemoryMarshal.GetReference(first.bytes)), bytes);
    }

    /// <summary>A part of it.</summary>
    public NativeBlock Part(long offset, long length) => new(Address + (nint)offset, length);

    public Span<byte> Span(long offset, int length) => new((byte*)Inside(offset, length), length);

    /// <summary>A piece to send from or to receive into; valid as long as the whole is.</summary>
    /// <exception cref="InvalidDataException">It is not inside.</exception>
    public Memory<byte> Memory(long offset, int length) => new Piece(Inside(offset, length), length).Memory;

    private nint Inside(long offset, int length)
    {
        if (offset < 0 || length < 0 || offset + length > Length)
            throw new InvalidDataException($"A block of {length} bytes at {offset} is not inside {Length}.");
        return Address + (nint)offset;
    }

    /// <summary>What sockets read and write without a thread that waits; nobody's to free.</summary>
    private sealed class Piece(nint address, int length) : MemoryManager<byte>
    {
        public override Span<byte> GetSpan() => new((byte*)address, length);

        public override MemoryHandle Pin(int elementIndex = 0) => new((byte*)address + elementIndex);

        public override void Unpin()
        {
        }

        protected override void Dispose(bool disposing)
        {
        }
    }
}
