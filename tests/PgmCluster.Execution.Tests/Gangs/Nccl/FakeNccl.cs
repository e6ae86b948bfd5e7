using System.Runtime.InteropServices;
using PgmCluster.Execution.Gangs.Nccl;

namespace PgmCluster.Execution.Tests.Gangs.Nccl;

/// <summary>
/// NCCL among the threads of one process, over the CPU's memory. Like the real one it begins to sum or to move at once and finishes when
/// all ranks have come, or those that something is sent to or received from; whoever waits for that is let go by an abort only.
/// </summary>
internal sealed class FakeNccl : INccl
{
    private readonly object _gate = new();
    private readonly Dictionary<int, Ring> _rings = [];
    private readonly Dictionary<nint, End> _ends = [];
    private readonly Dictionary<int, End> _begun = [];
    private readonly Dictionary<int, List<Move>> _groups = [];
    private int _abortsOfWaiting;

    /// <summary>What a rank (first) is answered when it begins its n-th sum or group in a communicator (second, from 0).</summary>
    public Func<int, int, NcclResult> Answer { get; init; } = (_, _) => NcclResult.Success;

    /// <summary>
    /// True for a rank (first) that goes, with an exception, when it begins its n-th sum or group (second) and the others wait for it.
    /// </summary>
    public Func<int, int, bool> IsLost { get; init; } = (_, _) => false;

    /// <summary>True for sums and groups (communicator, number) that do not end although all ranks have come.</summary>
    public Func<int, int, bool> IsEndless { get; init; } = (_, _) => false;

    public string Version => "2.0.0";

    /// <summary>Communicators that were made.</summary>
    public int Communicators
    {
        get { lock (_gate) return _rings.Count; }
    }

    /// <summary>Sums of all ranks that were finished.</summary>
    public int Sums { get; private set; }

    /// <summary>Elements that came from one rank to another, by the ranks.</summary>
    public Dictionary<(int From, int To), long> Moved { get; } = [];

    /// <summary>Ranks' ends that were not freed.</summary>
    public int Left
    {
        get { lock (_gate) return _ends.Count; }
    }

    /// <summary>Aborts while the rank's device waited for others.</summary>
    public int AbortsOfWaiting
    {
        get { lock (_gate) return _abortsOfWaiting; }
    }

    public NcclResult GetUniqueId(Span<byte> id)
    {
        lock (_gate)
        {
            var number = _rings.Count + 1;
            _rings.Add(number, new Ring(number));
            BitConverter.TryWriteBytes(id, number);
            return NcclResult.Success;
        }
    }

    public NcclResult CommInitRank(out nint communicator, int size, ReadOnlySpan<byte> id, int rank)
    {
        lock (_gate)
        {
            var ring = _rings[BitConverter.ToInt32(id)];
            var end = new End(ring, rank);
            ring.Size = size;
            ring.Ends.Add(end);
            communicator = ring.Number * 1000 + rank + 1;
            _ends.Add(communicator, end);
            return NcclResult.InProgress;
        }
    }

    public NcclResult CommGetAsyncError(nint communicator, out NcclResult state)
    {
        lock (_gate)
        {
            state = _ends[communicator].Ring is var ring && ring.Ends.Count < ring.Size ? NcclResult.InProgress : NcclResult.Success;
            return NcclResult.Success;
        }
    }

    public NcclResult AllReduce(nint send, nint receive, long count, nint communicator)
    {
        lock (_gate)
        {
            var end = _ends[communicator];
            if (Begin(end) is not NcclResult.Success and var error) return error;
            end.Sum = (send, receive, (int)count);
            Finish(end.Ring);
            Monitor.PulseAll(_gate);
            return NcclResult.InProgress;
        }
    }

    public NcclResult GroupStart()
    {
        lock (_gate) _groups.Add(Environment.CurrentManagedThreadId, []);
        return NcclResult.Success;
    }

    public NcclResult Send(nint from, long count, int peer, nint communicator) =>
        Add(communicator, end => new(end, end.Rank, peer, IsSent: true, from, (int)count));

    public NcclResult Receive(nint into, long count, int peer, nint communicator) =>
        Add(communicator, end => new(end, peer, end.Rank, IsSent: false, into, (int)count));

    public NcclResult GroupEnd()
    {
        lock (_gate)
        {
            _groups.Remove(Environment.CurrentManagedThreadId, out var moves);
            var end = moves![0].End;
            if (Begin(end) is not NcclResult.Success and var error) return error;
            end.Open = moves.Count;
            if (!IsEndless(end.Ring.Number, end.Begun - 1)) moves.ForEach(Meet);
            Monitor.PulseAll(_gate);
            return NcclResult.InProgress;
        }
    }

    public NcclResult CommAbort(nint communicator)
    {
        lock (_gate)
        {
            _ends.Remove(communicator, out var end);
            if (end!.IsWaiting) _abortsOfWaiting++;
            end.IsAborted = true;
            Monitor.PulseAll(_gate);
            return NcclResult.Success;
        }
    }

    public string GetErrorString(NcclResult result) => result.ToString();

    public int SetDevice(int device) => device == 0 ? 0 : 101;

    public int StreamSynchronize()
    {
        lock (_gate)
        {
            var end = _begun[Environment.CurrentManagedThreadId];
            while (end is { IsWaiting: true, IsAborted: false }) Monitor.Wait(_gate);
            return 0;
        }
    }

    public string GetCudaErrorString(int error) => "invalid device ordinal";

    private NcclResult Add(nint communicator, Func<End, Move> move)
    {
        lock (_gate) _groups[Environment.CurrentManagedThreadId].Add(move(_ends[communicator]));
        // As communicators may that do not block.
        return NcclResult.InProgress;
    }

    private NcclResult Begin(End end)
    {
        if (Answer(end.Rank, end.Begun) is not NcclResult.Success and var error) return error;
        if (IsLost(end.Rank, end.Begun))
        {
            while (end.Ring.Ends.Any(e => e != end && !e.IsWaiting)) Monitor.Wait(_gate);
            throw new InvalidOperationException("lost");
        }
        end.Begun++;
        _begun[Environment.CurrentManagedThreadId] = end;
        return NcclResult.Success;
    }

    /// <summary>What is sent first is what is received first.</summary>
    private void Meet(Move move)
    {
        var waiting = move.End.Ring.Waiting;
        var other = waiting.FirstOrDefault(m => (m.From, m.To) == (move.From, move.To) && m.IsSent != move.IsSent);
        if (other is null)
        {
            waiting.Add(move);
            return;
        }
        waiting.Remove(other);
        if (other.Count != move.Count) throw new InvalidOperationException($"{move} and {other} are not of one length.");
        var (sent, received) = move.IsSent ? (move, other) : (other, move);
        var elements = new float[sent.Count];
        Marshal.Copy(sent.Address, elements, 0, elements.Length);
        Marshal.Copy(elements, 0, received.Address, elements.Length);
        Moved[(sent.From, sent.To)] = Moved.GetValueOrDefault((sent.From, sent.To)) + sent.Count;
        move.End.Open--;
        other.End.Open--;
    }

    private void Finish(Ring ring)
    {
        if (ring.Ends.Count < ring.Size || ring.Ends.Any(e => e.Sum is null) || IsEndless(ring.Number, ring.Ends[0].Begun - 1)) return;
        // Last rank first: not the canonical order.
        var vectors = ring.Ends.OrderByDescending(e => e.Rank).Select(e => Read(e.Sum!.Value)).ToArray();
        var sum = vectors[0];
        foreach (var vector in vectors.Skip(1))
        {
            for (var i = 0; i < sum.Length; i++) sum[i] += vector[i];
        }
        foreach (var end in ring.Ends)
        {
            Marshal.Copy(sum, 0, end.Sum!.Value.Receive, sum.Length);
            end.Sum = null;
        }
        Sums++;
    }

    private static float[] Read((nint Send, nint Receive, int Count) pending)
    {
        var vector = new float[pending.Count];
        Marshal.Copy(pending.Send, vector, 0, vector.Length);
        return vector;
    }

    private sealed class Ring(int number)
    {
        public int Number => number;

        public int Size { get; set; }

        public List<End> Ends { get; } = [];

        public List<Move> Waiting { get; } = [];
    }

    private sealed class End(Ring ring, int rank)
    {
        public Ring Ring => ring;

        public int Rank => rank;

        /// <summary>Sums and groups.</summary>
        public int Begun { get; set; }

        public (nint Send, nint Receive, int Count)? Sum { get; set; }

        /// <summary>Moves of the present group whose other end has not come.</summary>
        public int Open { get; set; }

        public bool IsWaiting => Sum is not null || Open > 0;

        public bool IsAborted { get; set; }
    }

    private sealed record Move(End End, int From, int To, bool IsSent, nint Address, int Count);
}
