namespace PgmCluster.Execution.Wire;

/// <summary>
/// Takes frames of some kinds. Of one peer one call at a time; of several at once: what is kept of each stands apart.
/// </summary>
internal interface IFrameReceiver
{
    /// <summary>Where a frame's payload belongs; written to until <see cref="Arrived"/>. Not asked for where it is empty.</summary>
    /// <exception cref="InvalidDataException">The frame was not to be expected.</exception>
    Memory<byte> Destination(int rank, Frame frame);

    /// <summary>The payload is complete and unchanged.</summary>
    /// <exception cref="InvalidDataException">It was not to be expected.</exception>
    void Arrived(int rank, Frame frame, ReadOnlyMemory<byte> payload);
}
