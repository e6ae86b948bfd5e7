namespace PgmCluster.Execution.Gangs.Nccl;

/// <summary>
/// A rank's end of a communicator. One thread connects, sums and moves, and waits meanwhile for the other ranks' devices; any other may
/// abort, which ends that waiting with an exception.
/// </summary>
internal sealed class NcclCommunicator(INccl nccl, int device)
{
    private const string Waiting = "Waiting for the other members' NCCL";

    /// <summary>Held for calls that use the communicator, none of which waits: it must not be freed under them.</summary>
    private readonly Lock _gate = new();
    private nint _handle;
    private bool _aborted;

    /// <summary>A failure that the device does not notice, which would wait for ever; null while there is none. Never waits.</summary>
    public NcclException? Failure
    {
        get
        {
            if (!_gate.TryEnter()) return null;
            try
            {
                if (_aborted || _handle == 0) return null;
                Check(nccl.CommGetAsyncError(_handle, out var state), Waiting);
                Check(state, Waiting);
                return null;
            }
            catch (NcclException e)
            {
                return e;
            }
            finally
            {
                _gate.Exit();
            }
        }
    }

    /// <summary>Waits until all ranks are connected.</summary>
    /// <exception cref="NcclException">It failed or was aborted.</exception>
    public void Connect(int size, int rank, byte[] id)
    {
        Check(nccl.SetDevice(device), $"Choosing cuda:{device} for NCCL");
        var what = $"Connecting rank {rank} of {size} by NCCL";
        lock (_gate)
        {
            RefuseAborted(what);
            Check(nccl.CommInitRank(out _handle, size, id, rank), what);
        }
        AwaitDone(what);
    }

    /// <summary>Adds up all ranks' vectors.</summary>
    /// <param name="send">This rank's, F32 in device memory.</param>
    /// <param name="receive">Holds the sum when this returns.</param>
    /// <param name="count">Elements.</param>
    /// <exception cref="NcclException">It failed or was aborted: <paramref name="receive"/> holds anything.</exception>
    public void Sum(nint send, nint receive, long count)
    {
        const string What = "Summing gradients by NCCL";
        Run(What, () => Check(nccl.AllReduce(send, receive, count, _handle), What));
    }

    /// <summary>Sends to and receives from other ranks, all at once: what is sent to a rank arrives there in the order given.</summary>
    /// <exception cref="NcclException">It failed or was aborted: what was to be received holds anything.</exception>
    public void Move(IReadOnlyList<NcclMove> moves)
    {
        const string What = "Moving sums of gradients by NCCL";
        Run(What, () =>
        {
            Check(nccl.GroupStart(), What);
            var begun = NcclResult.Success;
            foreach (var move in moves)
            {
                if (begun is not (NcclResult.Success or NcclResult.InProgress)) break;
                begun = move.IsSent
                    ? nccl.Send(move.Address, move.Count, move.Peer, _handle)
                    : nccl.Receive(move.Address, move.Count, move.Peer, _handle);
            }
            // A group that was begun is ended in any case: the next one on this thread would be a part of it.
            var ended = nccl.GroupEnd();
            Check(begun, What);
            Check(ended, What);
        });
    }

    /// <summary>
    /// Ends what is under way and frees the communicator. Also the end of one that has done its work: the orderly end would wait for the
    /// other ranks.
    /// </summary>
    public void Abort()
    {
        lock (_gate)
        {
            if (_aborted) return;
            _aborted = true;
            // What it answers changes nothing.
            if (_handle != 0) nccl.CommAbort(_handle);
        }
    }

    private void Run(string what, Action begin)
    {
        lock (_gate)
        {
            RefuseAborted(what);
            begin();
        }
        AwaitDone(what);
        Check(nccl.StreamSynchronize(), what);
        // What was aborted leaves the device as what has finished does.
        AwaitDone(what);
    }

    private void AwaitDone(string what)
    {
        var spin = new SpinWait();
        while (true)
        {
            lock (_gate)
            {
                RefuseAborted(what);
                Check(nccl.CommGetAsyncError(_handle, out var state), what);
                Check(state, what);
                if (state == NcclResult.Success) return;
            }
            spin.SpinOnce();
        }
    }

    private void RefuseAborted(string what)
    {
        if (_aborted) throw new NcclException($"{what}: aborted.");
    }

    private void Check(NcclResult result, string what)
    {
        if (result is NcclResult.Success or NcclResult.InProgress) return;
        throw new NcclException($"{what}: {nccl.GetErrorString(result)} (NCCL {nccl.Version}, code {(int)result}).");
    }

    private void Check(int cudaError, string what)
    {
        if (cudaError != 0) throw new NcclException($"{what}: {nccl.GetCudaErrorString(cudaError)} (CUDA, code {cudaError}).");
    }
}
