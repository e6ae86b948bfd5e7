namespace PgmCluster.Execution.Wire;

/// <summary>Takes frames of some kinds. Called on the connections' threads, one call at a time.</summary>
internal interface IFrameReceiver
{
    /// <summary>Where a frame's payload belongs; written to without a lock, until <see cref="Arrived"/>.</summary>
    /// <exception cref="InvalidDataException">The frame was not to be expected.</exception>
    Span<byte> Destination(int rank, Frame frame);

    /// <summary>The payload is complete and unchanged.</summary>
    /// <exception cref="InvalidDataException">It was not to be expected.</exception>
    void Arrived(int rank, Frame frame);
}
