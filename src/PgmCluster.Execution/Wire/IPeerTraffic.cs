namespace PgmCluster.Execution.Wire;

/// <summary>What the connections of a generation tell. Called on their threads.</summary>
internal interface IPeerTraffic
{
    /// <summary>The device is at work, not waiting for peers.</summary>
    bool IsComputing { get; }

    /// <summary>Where a frame's payload belongs.</summary>
    /// <exception cref="InvalidDataException">The frame was not to be expected.</exception>
    Span<byte> Destination(int rank, Frame frame);

    /// <summary>A frame has come, with its payload.</summary>
    void Arrived(int rank, Frame frame);

    /// <summary>A connection's queue is empty.</summary>
    void Sent();

    /// <summary>The connection is of no more use.</summary>
    void Broke(int rank, Exception reason);
}
