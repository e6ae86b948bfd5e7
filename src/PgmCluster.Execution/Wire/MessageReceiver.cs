using System.Runtime.InteropServices;

namespace PgmCluster.Execution.Wire;

/// <summary>Takes frames whose payload is small enough to be kept as a whole.</summary>
/// <param name="arrived">Receives rank, frame and payload.</param>
internal sealed class MessageReceiver(Action<int, Frame, byte[]> arrived) : IFrameReceiver
{
    private const int Largest = 1 << 28;

    public Memory<byte> Destination(int rank, Frame frame)
    {
        if (frame.Length is < 0 or > Largest) throw new InvalidDataException($"A frame of {frame.Length} bytes from rank {rank}.");
        return new byte[frame.Length];
    }

    /// <summary>The payload is the array that was made for it, whole: nothing is copied.</summary>
    public void Arrived(int rank, Frame frame, ReadOnlyMemory<byte> payload) => arrived(
        rank, frame, payload.IsEmpty || !MemoryMarshal.TryGetArray(payload, out var whole) ? [] : whole.Array!);
}
