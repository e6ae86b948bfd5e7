using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using PgmCluster.Execution.Wire.Judging;

namespace PgmCluster.Execution.Wire;

/// <summary>
/// The connections of one generation: frames are sent and handed to who takes their kind, and the device's thread waits for what peers
/// bring, as long as they are not lost. What is sent means nothing here.
/// </summary>
internal sealed class PeerMesh : IPeerTraffic, IDisposable
{
    /// <summary>A wait looks at least so often.</summary>
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(100);

    private readonly PeerConnection?[] _peers;
    private readonly KeptConnections? _kept;
    private readonly PeerPatience[] _patience;
    private readonly PeerJudgement _judgement;

    /// <summary>By kind; null once the generation is over.</summary>
    private readonly TaskCompletionSource<IFrameReceiver?>[] _receivers = [.. Enumerable.Range(0, WireTraffic.Kinds).Select(
        _ => new TaskCompletionSource<IFrameReceiver?>(TaskCreationOptions.RunContinuationsAsynchronously))];

    /// <summary>Set by whatever a connection brings, for the device's thread to look again: all that connections share.</summary>
    private readonly ManualResetEventSlim _changed = new(false, spinCount: 0);

    /// <summary>
    /// What ends with the generation, however that ends. The connections may read and write its memory, so it is freed after those have left.
    /// </summary>
    private readonly List<IDisposable> _owned = [];

    /// <summary>Since when peers are asked whether they are there, as a timestamp; 0 while nobody is lost.</summary>
    private long _probedAt;
    private volatile string? _failure;
    private volatile string[]? _farewell;
    private volatile bool _computing = true;
    private volatile bool _disposed;

    private PeerMesh(
        GangSeat seat, GangOptions options, TimeProvider time, Func<GangPeer, PeerPatience> patienceWith, KeptConnections? kept = null)
    {
        (Seat, Time, _kept) = (seat, time, kept);
        _peers = new PeerConnection?[seat.Peers.Count];
        _patience = [.. seat.Peers.Select(patienceWith)];
        _judgement = new PeerJudgement(options, _patience, time);
        Receive(new MessageReceiver((rank, frame, _) => _judgement.Heartbeat(rank, frame.Number != 0)), FrameKind.Heartbeat);
        void Answer(int rank) => _peers[rank]!.Send(FrameKind.Heartbeat, 0, [], number: _computing ? 1 : 0);
        Receive(new MessageReceiver((rank, _, _) => Answer(rank)), FrameKind.Probe);
        Receive(new MessageReceiver((_, _, lost) => Interlocked.CompareExchange(ref _farewell, Names(lost), null)), FrameKind.Bye);
    }

    public GangSeat Seat { get; }

    /// <summary>By whose timestamps peers are judged.</summary>
    public TimeProvider Time { get; }

    /// <summary>All ranks but this member's.</summary>
    public IEnumerable<int> Others => Enumerable.Range(0, _peers.Length).Where(r => r != Seat.Rank);

    bool IPeerTraffic.IsComputing => _computing;

    /// <summary>Whether a peer's device is at work instead of waiting.</summary>
    public bool IsPeerComputing => _judgement.IsAnyComputing;

    /// <inheritdoc cref="PeerJudgement.HungAfter"/>
    public TimeSpan HungAfter => _judgement.HungAfter;

    /// <summary>Of a member that has nobody to exchange with.</summary>
    public static PeerMesh Alone(GangSeat seat)
    {
        var options = new GangOptions();
        var standstill = new OwnStandstill(options.Heartbeat, TimeProvider.System);
        return new PeerMesh(seat, options, TimeProvider.System, _ => new PeerPatience(options, standstill, TimeProvider.System));
    }

    /// <summary>Connects to all members.</summary>
    /// <exception cref="GangBrokenException">A member was not reached in time.</exception>
    public static PeerMesh Join(GangSeat seat, DataPlane plane, Action<PeerMesh> prepare)
    {
        var mesh = new PeerMesh(seat, plane.Options, plane.Time, plane.PatienceWith, plane.Kept);
        try
        {
            prepare(mesh);
            GangConnecting.ConnectAll(seat, plane, (rank, link) =>
            {
                var peer = new PeerConnection(rank, link, mesh, mesh._patience[rank], plane.Options, plane.Traffic, plane.Heartbeats);
                mesh._peers[rank] = peer;
                peer.Start();
            });
            return mesh;
        }
        catch
        {
            mesh.Dispose();
            throw;
        }
    }

    /// <summary>Frames of these kinds go to this receiver; those that come before wait.</summary>
    public void Receive(IFrameReceiver receiver, params ReadOnlySpan<FrameKind> kinds)
    {
        foreach (var kind in kinds) _receivers[(int)kind].TrySetResult(receiver);
    }

    /// <summary>Is freed once no connection uses its memory any more; for the device's thread.</summary>
    public void Own(IDisposable part) => _owned.Add(part);

    public void Send(int rank, FrameKind kind, long step, byte[] payload) => _peers[rank]!.Send(kind, step, payload);

    public void Send(int rank, FrameKind kind, long step, int number, long offset, NativeBlock block) =>
        _peers[rank]!.Send(kind, step, number, offset, block);

    public void Broadcast(FrameKind kind, long step, int number, long offset, NativeBlock block)
    {
        foreach (var peer in _peers) peer?.Send(kind, step, number, offset, block);
    }

    public void Broadcast(FrameKind kind, long step, byte[] payload)
    {
        foreach (var peer in _peers) peer?.Send(kind, step, payload);
    }

    /// <summary>Tells the others that this member goes to the next meeting, and whom it has lost.</summary>
    public void SayBye(IReadOnlyList<string> lost) => Broadcast(FrameKind.Bye, 0, Encoding.UTF8.GetBytes(string.Join('\n', lost)));

    /// <summary>Waits until what was queued for all peers is sent: the memory may change again.</summary>
    public void WaitUntilSent() =>
        Wait(() => _peers.All(p => p is null || p.IsSent), rank => !_peers[rank]!.IsSent, "peers that take what is sent");

    /// <summary>Waits on the device's thread for something that peers bring.</summary>
    /// <param name="done">Looked at whenever something has come.</param>
    /// <param name="needed">Whether it is this peer that it waits for.</param>
    /// <param name="what">For the message.</param>
    /// <param name="judgeHung">Whether a peer that lives but does not get on counts as lost.</param>
    /// <exception cref="GangBrokenException">It will not come.</exception>
    public void Wait(Func<bool> done, Func<int, bool> needed, string what, bool judgeHung = true) => DoUnjudged(() =>
    {
        _judgement.Watch();
        Volatile.Write(ref _probedAt, 0);
        while (true)
        {
            // Before it looks: what comes meanwhile is seen or ends the wait.
            _changed.Reset();
            if (done()) return;
            _judgement.Look();
            if (_failure is { } failure) throw Lost(failure, []);
            if (_farewell is { } lost) throw new GangBrokenException("A peer goes to the next meeting.", lost);
            Judge(done, needed, what, judgeHung);
            _changed.Wait(s_look);
        }
    });

    /// <summary>Ends the wait where a peer that it needs is lost, and what that peer brought before has not ended it.</summary>
    private void Judge(Func<bool> done, Func<int, bool> needed, string what, bool judgeHung)
    {
        var gone = Others.Select(r => (Rank: r, Why: LossOf(r, judgeHung && needed(r)))).Where(l => l.Why is not null).ToArray();
        int[] ranks = [.. gone.Select(l => l.Rank)];
        if (!ranks.Any(needed)) Volatile.Write(ref _probedAt, 0);
        else if (IsKnownWhoIsThere(ranks))
        {
            // It may only have been late: then its silence is borne for longer when it is back.
            foreach (var rank in ranks.Where(r => !_judgement.IsClosed(r)))
                _patience[rank].GivenUp(Stopwatch.GetElapsedTime(_peers[rank]!.HeardAt));
            // What a peer brought before it closed is there by now, and says more than that it is gone.
            if (done() || _failure is not null || _farewell is not null)
            {
                Wake();
                return;
            }
            var losses = gone.Select(l => $"{Seat.Peers[l.Rank].Worker} {l.Why}");
            throw Lost($"Waiting for {what}: {string.Join(", ", losses)}.", ranks);
        }
    }

    /// <summary>Has <see cref="Wait"/> look again; on any thread.</summary>
    public void Wake() => _changed.Set();

    /// <summary>Does something that may take longer than any step without this device being hung.</summary>
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

    /// <inheritdoc cref="PeerJudgement.StepTook"/>
    public void StepTook(TimeSpan duration) => _judgement.StepTook(duration);

    Task<IFrameReceiver?> IPeerTraffic.ReceiverOf(int rank, FrameKind kind) => Enum.IsDefined(kind)
        ? _receivers[(int)kind].Task
        : throw new InvalidDataException($"Rank {rank} sent a frame of kind {(int)kind}, which this version does not know.");

    void IPeerTraffic.Arrived(int rank, FrameKind kind)
    {
        if (kind != FrameKind.Heartbeat) _judgement.Advanced(rank);
        if (kind != FrameKind.Heartbeat || Volatile.Read(ref _probedAt) != 0) Wake();
    }

    void IPeerTraffic.Sent() => Wake();

    void IPeerTraffic.Broke(int rank, Exception reason)
    {
        // The reason first: a member that is only known to have gone is taken for lost.
        if (reason is not (IOException or SocketException or ObjectDisposedException) && !_disposed)
            Interlocked.CompareExchange(ref _failure, reason.Message, null);
        _judgement.Closed(rank);
        Wake();
    }

    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        foreach (var receiver in _receivers) receiver.TrySetResult(null);
        // All at once: those that take nothing any more are waited for together.
        Task.Run(() => Task.WhenAll(_peers.OfType<PeerConnection>().Select(ReleaseAsync))).GetAwaiter().GetResult();
        foreach (var part in _owned) part.Dispose();
    }

    private async Task ReleaseAsync(PeerConnection peer)
    {
        if (_kept is null || Seat.Protocol < GangProtocol.Keeps) await peer.EndAsync();
        else if (await peer.LeaveAsync()) await _kept.KeepAsync(Seat, peer);
    }

    private string? LossOf(int rank, bool judgeHung)
    {
        var peer = _peers[rank]!;
        var silence = Stopwatch.GetElapsedTime(peer.HeardAt);
        // The system is asked for what is unread only where it matters.
        var loss = _judgement.LossOf(rank, silence, hasUnread: false, judgeHung);
        return loss is null || !peer.HasUnread ? loss : _judgement.LossOf(rank, silence, hasUnread: true, judgeHung);
    }

    /// <summary>
    /// Who is lost is agreed in one round: once somebody is, the others are asked at once, and each has either answered or is lost too by
    /// the time that the next generation is asked for, which would wait for them otherwise.
    /// </summary>
    private bool IsKnownWhoIsThere(int[] gone)
    {
        if (Seat.Protocol < GangProtocol.Probes) return true;
        if (_probedAt == 0)
        {
            Volatile.Write(ref _probedAt, Stopwatch.GetTimestamp());
            foreach (var rank in Others.Except(gone)) Send(rank, FrameKind.Probe, 0, []);
        }
        return Others.Except(gone).All(r => _peers[r]!.HeardAt >= _probedAt || _peers[r]!.HasUnread);
    }

    private static string[] Names(byte[] lines) => Encoding.UTF8.GetString(lines).Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private GangBrokenException Lost(string message, IReadOnlyList<int> ranks)
    {
        // A connection that broke by itself names its peer too: the owner decides whom it still knows.
        var lost = ranks.Concat(Others.Where(_judgement.IsClosed)).Distinct().Select(r => Seat.Peers[r].Worker).ToArray();
        return new GangBrokenException(message, lost);
    }
}
