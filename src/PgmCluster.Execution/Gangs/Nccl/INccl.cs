namespace PgmCluster.Execution.Gangs.Nccl;

/// <summary>What is used of NCCL's C interface and of the CUDA runtime, call by call. Replaced in tests.</summary>
/// <remarks>
/// Communicators are non-blocking: what would wait for other ranks answers <see cref="NcclResult.InProgress"/> and goes on by itself. A
/// call that blocks in NCCL cannot be ended by anybody, not even while ranks connect.
/// </remarks>
internal interface INccl
{
    /// <summary>Such as "2.27.5".</summary>
    string Version { get; }

    /// <summary>Bytes of an id.</summary>
    const int IdSize = 128;

    /// <summary>Makes the id of a communicator that is to be; called by one of its ranks.</summary>
    NcclResult GetUniqueId(Span<byte> id);

    /// <summary>Begins to connect this rank, on the thread's present device.</summary>
    /// <param name="communicator">0 where it failed at once.</param>
    /// <param name="size">Ranks.</param>
    /// <param name="id">From <see cref="GetUniqueId"/>.</param>
    /// <param name="rank">This one.</param>
    NcclResult CommInitRank(out nint communicator, int size, ReadOnlySpan<byte> id, int rank);

    /// <summary>How what was begun last stands.</summary>
    NcclResult CommGetAsyncError(nint communicator, out NcclResult state);

    /// <summary>Begins to add up all ranks' F32 vectors, behind all else on the device's default stream.</summary>
    /// <param name="send">This rank's, device memory.</param>
    /// <param name="receive">Gets the sum; device memory.</param>
    /// <param name="count">Elements.</param>
    /// <param name="communicator">A connected one.</param>
    NcclResult AllReduce(nint send, nint receive, long count, nint communicator);

    /// <summary>
    /// Begins a group: what follows on this thread begins together, at <see cref="GroupEnd"/>, so that nothing of it waits for the rest.
    /// </summary>
    NcclResult GroupStart();

    /// <summary>Begins what was asked for since <see cref="GroupStart"/>, behind all else on the device's default stream.</summary>
    NcclResult GroupEnd();

    /// <summary>Sends F32 elements to a rank, which receives as many.</summary>
    /// <param name="from">Device memory.</param>
    /// <param name="count">Elements.</param>
    /// <param name="peer">The rank.</param>
    /// <param name="communicator">A connected one.</param>
    NcclResult Send(nint from, long count, int peer, nint communicator);

    /// <summary>Receives F32 elements of a rank: of several, in the order in which it sends them.</summary>
    /// <param name="into">Device memory.</param>
    /// <param name="count">Elements.</param>
    /// <param name="peer">The rank.</param>
    /// <param name="communicator">A connected one.</param>
    NcclResult Receive(nint into, long count, int peer, nint communicator);

    /// <summary>
    /// Frees the communicator; what its ranks' devices do together ends at once. A local call: it waits for no other rank.
    /// </summary>
    NcclResult CommAbort(nint communicator);

    string GetErrorString(NcclResult result);

    /// <summary>The calling thread's device. The CUDA runtime's error, 0 for none, as with the next.</summary>
    int SetDevice(int device);

    /// <summary>Waits until the default stream of the thread's device is empty.</summary>
    int StreamSynchronize();

    string GetCudaErrorString(int error);
}
