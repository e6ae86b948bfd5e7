using System.Diagnostics;
using System.IO.Hashing;
using System.Net;
using System.Net.Sockets;
using System.Text;
using PgmCluster.Execution.Training;
using PgmCluster.Execution.Work;

namespace PgmCluster.Execution.Gangs;

/// <summary>
/// One generation of a gang as a member sees it: connections to all peers, how long is waited for them, and how it ends. What is sent belongs
/// to this generation only; after a break nothing of it is used any more.
/// </summary>
public sealed class Gang : IGangTraffic, IDisposable
{
    private const int Block = 256 * 1024;

    /// <summary>How long is waited for a connection before it is asked whether its process is there at all.</summary>
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(500);

    private readonly GangOptions _options;
    private readonly PeerConnection?[] _peers;
    private readonly object _gate = new();
    private readonly Dictionary<(int Rank, long Step), StepHead> _heads = [];
    private readonly Dictionary<int, byte[]> _arriving = [];
    private readonly bool[] _closed;
    private readonly List<double> _stepSeconds = [];
    private readonly bool[] _finished;

    /// <summary>What ends with the generation, however that ends. The connections' threads may write to its memory, so it is freed after those have ended.</summary>
    private readonly List<IDisposable> _owned = [];
    private byte[]? _fromFirst;
    private string? _failure;
    private IReadOnlyList<string>? _farewell;
    private StepExchange? _exchange;
    private StateReceiver? _receiver;
    private volatile bool _computing = true;
    private volatile bool _disposed;

    private Gang(GangSeat seat, GangOptions options)
    {
        (Seat, _options) = (seat, options);
        _peers = new PeerConnection?[seat.Peers.Count];
        _closed = new bool[seat.Peers.Count];
        _finished = new bool[seat.Peers.Count];
        ComputingSince = new long[seat.Peers.Count];
    }

    public GangSeat Seat { get; }

    public int Rank => Seat.Rank;

    public int Size => Seat.Peers.Count;

    /// <summary>Since when each peer says that its device computes, as a <see cref="Stopwatch"/> timestamp; 0 while it waits.</summary>
    private long[] ComputingSince { get; }

    bool IGangTraffic.IsComputing => _computing;

    /// <summary>Connects to all members of the generation.</summary>
    /// <exception cref="GangBrokenException">A member was not reached in time.</exception>
    public static Gang Join(GangSeat seat, DataPlane plane)
    {
        var gang = new Gang(seat, plane.Options);
        try
        {
            using var door = plane.Open(seat);
            // The connections to lower ranks first: they wait for them, and nobody waits in a circle.
            for (var rank = 0; rank < seat.Rank; rank++) gang._peers[rank] = gang.Wrap(rank, gang.Connect(rank));
            for (var rank = seat.Rank + 1; rank < gang.Size; rank++)
            {
                gang._peers[rank] = gang.Wrap(rank, gang.Await(door, rank));
            }
            return gang;
        }
        catch
        {
            gang.Dispose();
            throw;
        }
    }

    /// <summary>Gives all members the state of the one that has done most steps, and compares the weights.</summary>
    /// <param name="state">This member's.</param>
    /// <param name="metrics">Of the last steps, newest last; replaced where a state is received.</param>
    /// <param name="load">Fills the state where no member has one: called on the source only.</param>
    /// <param name="torn">Called before the state is overwritten: until this method returns it is no state at all.</param>
    /// <exception cref="GangBrokenException">A peer was lost meanwhile.</exception>
    /// <exception cref="WorkDivergedException">The members' weights differ.</exception>
    public void Synchronize(TrainingState state, List<StepMetrics> metrics, Action load, Action torn)
    {
        var source = Seat.Source;
        bool IsBehind(int rank) => rank != source && (Seat.Peers[rank].Step < 0 || Seat.Peers[rank].Step != Seat.Peers[source].Step);
        if (Rank == source)
        {
            if (Seat.Peers[source].Step < 0)
            {
                torn();
                load();
            }
            SendState(state, metrics, [.. Enumerable.Range(0, Size).Where(IsBehind)]);
        }
        else if (IsBehind(Rank))
        {
            torn();
            var receiver = new StateReceiver(state, source);
            lock (_gate)
            {
                _owned.Add(receiver);
                _receiver = receiver;
                Monitor.PulseAll(_gate);
            }
            Wait(() => receiver.IsComplete, rank => rank == source, $"the state of rank {source}", judgeHung: false);
            receiver.Apply(metrics);
            lock (_gate) _receiver = null;
        }
        var own = new StepHead { Digest = Digest(state) };
        foreach (var peer in _peers) peer?.Send(FrameKind.Head, -1, own.Write());
        CompareDigests(state.Step, own.Digest, Heads(-1, own, judgeHung: false));
    }

    /// <summary>XXH3 over the weights.</summary>
    public static ulong Digest(TrainingState state)
    {
        using var scope = TorchSharp.torch.NewDisposeScope();
        var hash = new XxHash3();
        var weights = NativeBlock.Of(state.Parameters.Values.cpu());
        for (long offset = 0; offset < weights.Length; offset += Block) hash.Append(weights.Span(offset, (int)Math.Min(Block, weights.Length - offset)));
        return hash.GetCurrentHashAsUInt64();
    }

    /// <summary>Whether members compare their weights before this step.</summary>
    internal bool IsDigestDue(long step) => step % _options.DigestSteps == 0;

    /// <exception cref="WorkDivergedException">They differ.</exception>
    internal void CompareDigests(long step, ulong own, IReadOnlyList<StepHead> heads)
    {
        if (own == 0) return;
        for (var rank = 0; rank < heads.Count; rank++)
        {
            if (heads[rank].Digest == own) continue;
            var groups = string.Join(", ", heads.Select((h, r) => $"{Seat.Peers[r].Worker}: {h.Digest:x16}"));
            throw new WorkDivergedException(
                $"Comparing the members' weights before step {step}: they differ ({groups}). A device or its memory computes wrongly: take it out, then resume from the last checkpoint.");
        }
    }

    /// <summary>Begins to take contributions to steps. The gang frees the exchange.</summary>
    internal void Attach(StepExchange exchange)
    {
        lock (_gate)
        {
            _owned.Add(exchange);
            _exchange = exchange;
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>The gang frees it with itself.</summary>
    internal void Own(IDisposable part)
    {
        lock (_gate) _owned.Add(part);
    }

    /// <summary>Hands what the first member makes to all; once in a generation.</summary>
    /// <exception cref="GangBrokenException">The first member was lost before.</exception>
    internal byte[] TakeFromFirst(Func<byte[]> make)
    {
        if (Rank == 0)
        {
            var made = make();
            Broadcast(FrameKind.CommunicatorId, 0, made);
            return made;
        }
        Wait(() => _fromFirst is not null, rank => rank == 0, "the communicator's id", judgeHung: false);
        lock (_gate) return _fromFirst!;
    }

    /// <summary>Changes what <see cref="Wait"/> looks at; on any thread.</summary>
    internal void Announce(Action change)
    {
        lock (_gate)
        {
            change();
            Monitor.PulseAll(_gate);
        }
    }

    internal PeerConnection? Peer(int rank) => _peers[rank];

    internal void Broadcast(FrameKind kind, long step, int number, long offset, NativeBlock block)
    {
        foreach (var peer in _peers) peer?.Send(kind, step, number, offset, block);
    }

    internal void Broadcast(FrameKind kind, long step, byte[] payload)
    {
        foreach (var peer in _peers) peer?.Send(kind, step, payload);
    }

    /// <summary>All members' heads of a step by rank, this one's among them.</summary>
    internal IReadOnlyList<StepHead> Heads(long step, StepHead own, bool judgeHung = true)
    {
        bool Has(int rank) => _heads.ContainsKey((rank, step));
        Wait(() => Others().All(Has), rank => !Has(rank), step < 0 ? "the members' digests" : $"step {step}", judgeHung);
        lock (_gate) return [.. Enumerable.Range(0, Size).Select(r => r == Rank ? own : _heads.Remove((r, step), out var head) ? head : throw new UnreachableException())];
    }

    /// <summary>Waits until what was queued for all peers is sent: the memory may change again.</summary>
    internal void WaitUntilSent() => Wait(() => _peers.All(p => p is null || p.IsSent), rank => !_peers[rank]!.IsSent, "peers that take what is sent");

    /// <summary>Waits on the device's thread for something that peers bring.</summary>
    /// <param name="done">Looked at under the lock.</param>
    /// <param name="needed">Whether it is this peer that it waits for.</param>
    /// <param name="what">For the message.</param>
    /// <param name="judgeHung">Whether a peer that lives but does not get on counts as lost.</param>
    /// <exception cref="GangBrokenException">It will not come.</exception>
    internal void Wait(Func<bool> done, Func<int, bool> needed, string what, bool judgeHung = true)
    {
        _computing = false;
        try
        {
            lock (_gate)
            {
                while (!done())
                {
                    if (_failure is not null) throw Lost(_failure, []);
                    if (_farewell is not null) throw new GangBrokenException("A peer goes to the next meeting.", _farewell);
                    var gone = Others().Where(r => (_closed[r] || _peers[r]!.Silence > _options.PeerTimeout || (judgeHung && IsHung(r))) && needed(r)).ToArray();
                    if (gone.Length > 0)
                        throw Lost($"Waiting for {what}: {string.Join(", ", gone.Select(r => $"{Seat.Peers[r].Worker} {Fate(r)}"))}.", gone);
                    Monitor.Wait(_gate, 100);
                }
            }
        }
        finally
        {
            _computing = true;
        }
    }

    /// <summary>Does something between steps that may take longer than any step without this device being hung.</summary>
    public void DoUnjudged(Action work)
    {
        _computing = false;
        try
        {
            work();
        }
        finally
        {
            _computing = true;
        }
    }

    /// <summary>Tells how long a step took, for the judgement of what is hung.</summary>
    public void StepTook(TimeSpan duration)
    {
        _stepSeconds.Add(duration.TotalSeconds);
        if (_stepSeconds.Count > 50) _stepSeconds.RemoveAt(0);
    }

    /// <summary>The run's result stands: the others need not stay.</summary>
    public void TellFinished()
    {
        Broadcast(FrameKind.Finished, 0, []);
        try
        {
            WaitUntilSent();
        }
        catch (GangBrokenException)
        {
            // Whoever does not hear it goes to a meeting, and hears it there.
        }
    }

    /// <summary>Waits for <see cref="TellFinished"/> of a member.</summary>
    /// <exception cref="GangBrokenException">It was lost before.</exception>
    public void AwaitFinished(int rank) => Wait(() => _finished[rank], r => r == rank, "the run's result", judgeHung: false);

    /// <summary>Tells the others that this member goes to the next meeting, and why.</summary>
    public void SayBye(IReadOnlyList<string> lost) => Broadcast(FrameKind.Bye, 0, Encoding.UTF8.GetBytes(string.Join('\n', lost)));

    Span<byte> IGangTraffic.Destination(int rank, Frame frame)
    {
        if (frame.Length is < 0 or > 1 << 28) throw new InvalidDataException($"A frame of {frame.Length} bytes from rank {rank}.");
        lock (_gate)
        {
            switch (frame.Kind)
            {
                case FrameKind.Part or FrameKind.Result:
                    // A peer can be ahead of this member, which has not begun to take contributions.
                    while (_exchange is null && !_disposed) Monitor.Wait(_gate, 100);
                    return (_exchange ?? throw new ObjectDisposedException(nameof(Gang))).Destination(rank, frame);
                case FrameKind.State:
                    return (_receiver ?? throw new InvalidDataException($"Rank {rank} sent a state that nobody expects.")).Destination(rank, frame);
                default:
                    return _arriving[rank] = new byte[frame.Length];
            }
        }
    }

    void IGangTraffic.Arrived(int rank, Frame frame)
    {
        lock (_gate)
        {
            switch (frame.Kind)
            {
                case FrameKind.Heartbeat:
                    if (frame.Number == 0) ComputingSince[rank] = 0;
                    else if (ComputingSince[rank] == 0) ComputingSince[rank] = Stopwatch.GetTimestamp();
                    return;
                case FrameKind.Head:
                    ComputingSince[rank] = 0;
                    _heads[(rank, frame.Step)] = StepHead.Read(_arriving[rank]);
                    break;
                case FrameKind.Part or FrameKind.Result:
                    ComputingSince[rank] = 0;
                    _exchange!.Arrived(rank, frame);
                    break;
                case FrameKind.StateHead:
                    while (_receiver is null && !_disposed) Monitor.Wait(_gate, 100);
                    _receiver?.Begin(rank, WorkJson.Read<StateHead>(Encoding.UTF8.GetString(_arriving[rank])));
                    break;
                case FrameKind.State:
                    _receiver?.Arrived(frame);
                    break;
                case FrameKind.CommunicatorId when rank == 0:
                    _fromFirst = _arriving[rank];
                    break;
                case FrameKind.Finished:
                    _finished[rank] = true;
                    break;
                case FrameKind.Bye:
                    _farewell ??= Encoding.UTF8.GetString(frame.Length == 0 ? [] : _arriving[rank]).Split('\n', StringSplitOptions.RemoveEmptyEntries);
                    break;
                default:
                    throw new InvalidDataException($"Rank {rank} sent a frame of kind {(int)frame.Kind}, which this version does not know.");
            }
            Monitor.PulseAll(_gate);
        }
    }

    void IGangTraffic.Sent()
    {
        lock (_gate) Monitor.PulseAll(_gate);
    }

    void IGangTraffic.Broke(int rank, Exception reason)
    {
        lock (_gate)
        {
            _closed[rank] = true;
            if (reason is InvalidDataException && !_disposed) _failure ??= reason.Message;
            Monitor.PulseAll(_gate);
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            if (_disposed) return;
            _disposed = true;
            Monitor.PulseAll(_gate);
        }
        foreach (var peer in _peers) peer?.Dispose();
        foreach (var part in _owned) part.Dispose();
    }

    private IEnumerable<int> Others() => Enumerable.Range(0, Size).Where(r => r != Rank);

    private PeerConnection Wrap(int rank, Socket socket)
    {
        var peer = new PeerConnection(rank, socket, _options, this);
        peer.Start();
        return peer;
    }

    /// <summary>Waits for a higher rank to connect; one whose process has ended meanwhile is not waited for.</summary>
    private Socket Await(DataPlane.Door door, int rank)
    {
        var begun = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(begun) < _options.ConnectTimeout)
        {
            if (door.Take(rank, Look) is { } socket) return socket;
            if (RefusesConnections(rank)) throw Lost($"Rank {rank} ({Seat.Peers[rank].Worker}) has ended: nothing listens at {Seat.Peers[rank].Address}.", [rank]);
        }
        throw Lost($"Rank {rank} ({Seat.Peers[rank].Worker}) did not connect within {_options.ConnectTimeout.TotalSeconds:0} s.", [rank]);
    }

    private bool RefusesConnections(int rank)
    {
        var endpoint = IPEndPoint.Parse(Seat.Peers[rank].Address);
        using var socket = new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            using var patience = new CancellationTokenSource(Look);
            socket.ConnectAsync(endpoint, patience.Token).AsTask().GetAwaiter().GetResult();
            return false;
        }
        catch (SocketException e)
        {
            return e.SocketErrorCode == SocketError.ConnectionRefused;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private Socket Connect(int rank)
    {
        var endpoint = IPEndPoint.Parse(Seat.Peers[rank].Address);
        var socket = new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            using var patience = new CancellationTokenSource(_options.ConnectTimeout);
            socket.ConnectAsync(endpoint, patience.Token).AsTask().GetAwaiter().GetResult();
            socket.ReceiveTimeout = socket.SendTimeout = (int)_options.ConnectTimeout.TotalMilliseconds;
            GangHandshake.Introduce(socket, Seat, rank);
            return socket;
        }
        catch (Exception e) when (e is SocketException or IOException or OperationCanceledException or InvalidDataException)
        {
            socket.Dispose();
            throw Lost($"Connecting to rank {rank} ({Seat.Peers[rank].Worker}) at {Seat.Peers[rank].Address}: {e.Message}", [rank]);
        }
    }

    private void SendState(TrainingState state, List<StepMetrics> metrics, IReadOnlyList<int> to)
    {
        if (to.Count == 0) return;
        using var scope = TorchSharp.torch.NewDisposeScope();
        var tensors = state.Everything().Select(t => t.detach().cpu().contiguous()).ToArray();
        var head = new StateHead { Step = state.Step, Lengths = [.. tensors.Select(t => t.numel() * t.ElementSize)], Metrics = [.. metrics] };
        var blocks = tensors.Select(NativeBlock.Of).ToArray();
        foreach (var rank in to)
        {
            _peers[rank]!.Send(FrameKind.StateHead, state.Step, Encoding.UTF8.GetBytes(WorkJson.Write(head)));
            for (var i = 0; i < blocks.Length; i++)
            {
                for (long offset = 0; offset < blocks[i].Length; offset += Block)
                    _peers[rank]!.Send(FrameKind.State, state.Step, i, offset, new NativeBlock(blocks[i].Address + (nint)offset, Math.Min(Block, blocks[i].Length - offset)));
            }
        }
        WaitUntilSent();
        GC.KeepAlive(tensors);
    }

    private bool IsHung(int rank) => ComputingSince[rank] != 0 && Stopwatch.GetElapsedTime(ComputingSince[rank]) > HungAfter;

    /// <summary>Whether a peer's device is at work instead of waiting; to be asked under the lock, as <see cref="Wait"/> does.</summary>
    internal bool IsPeerComputing => Others().Any(r => ComputingSince[r] != 0);

    /// <summary>How long a device may take for one thing before it is taken for hung.</summary>
    internal TimeSpan HungAfter
    {
        get
        {
            var median = _stepSeconds.Count == 0 ? 0 : _stepSeconds.Order().ElementAt(_stepSeconds.Count / 2);
            return TimeSpan.FromSeconds(Math.Max(_options.HungFloor.TotalSeconds, _options.HungFactor * median));
        }
    }

    private string Fate(int rank) =>
        _closed[rank] ? "closed the connection"
        : IsHung(rank) ? $"has computed on one step for over {HungAfter.TotalSeconds:0} s"
        : $"was silent for over {_options.PeerTimeout.TotalSeconds:0} s";

    private GangBrokenException Lost(string message, IReadOnlyList<int> ranks)
    {
        // A connection that broke by itself names its peer too: the owner decides whom it still knows.
        var lost = ranks.Concat(Others().Where(r => _closed[r])).Distinct().Select(r => Seat.Peers[r].Worker).ToArray();
        return new GangBrokenException(message, lost);
    }
}
