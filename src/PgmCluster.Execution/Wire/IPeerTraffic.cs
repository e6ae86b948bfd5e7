namespace PgmCluster.Execution.Wire;

/// <summary>What the connections of a generation tell and ask. Called on any thread, of one connection one after the other.</summary>
internal interface IPeerTraffic
{
    /// <summary>The device is at work, not waiting for peers.</summary>
    bool IsComputing { get; }

    /// <summary>Who takes frames of a kind, as soon as there is somebody: a peer can be ahead of this member.</summary>
    /// <returns>Null where nobody does any more: the generation is over.</returns>
    /// <exception cref="InvalidDataException">There is no such kind.</exception>
    Task<IFrameReceiver?> ReceiverOf(int rank, FrameKind kind);

    /// <summary>A frame was taken.</summary>
    void Arrived(int rank, FrameKind kind);

    /// <summary>A connection's queue is empty.</summary>
    void Sent();

    /// <summary>The connection is of no more use.</summary>
    void Broke(int rank, Exception reason);
}
