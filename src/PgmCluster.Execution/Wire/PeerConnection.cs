using System.Collections.Concurrent;
using System.Diagnostics;
using System.IO.Hashing;
using System.Net.Sockets;
using PgmCluster.Execution.Wire.Judging;

namespace PgmCluster.Execution.Wire;

/// <summary>
/// The connection to one peer for one generation: a thread that sends what is queued (and heartbeats when nothing is), a thread that
/// receives. Both end with the connection. The device's thread never touches it.
/// </summary>
internal sealed class PeerConnection : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(0.5);

    private readonly PeerLink _link;
    private readonly IPeerTraffic _traffic;
    private readonly PeerPatience _patience;
    private readonly WireTraffic _counts;
    private readonly BlockingCollection<Outgoing> _queue = [];
    private readonly TimeSpan _heartbeat;
    private readonly Thread _sender;
    private readonly Thread _receiver;
    private long _unsent;
    private long _heard = Stopwatch.GetTimestamp();
    private volatile bool _closing;
    private volatile bool _leaving;
    private volatile bool _saidEnd;
    private volatile bool _heardEnd;

    /// <summary>Guards the two below: this connection's own, as what one brings waits for no other.</summary>
    private readonly object _taking = new();
    private bool _isTaking;
    private bool _hasLeft;

    /// <param name="rank">The peer's.</param>
    /// <param name="link">Proven; owned from now on.</param>
    /// <param name="options">Heartbeats.</param>
    /// <param name="traffic">Takes what arrives, on the receiving thread.</param>
    /// <param name="patience">Learns how late the peer's words come.</param>
    /// <param name="counts">Counts what is sent.</param>
    public PeerConnection(
        int rank, PeerLink link, GangOptions options, IPeerTraffic traffic, PeerPatience patience, WireTraffic counts)
    {
        (Rank, _link, _traffic, _patience, _counts, _heartbeat) = (rank, link, traffic, patience, counts, options.Heartbeat);
        patience.Connected();
        link.SendAtOnce();
        link.Timeout = TimeSpan.Zero;
        _sender = new Thread(Send) { IsBackground = true, Name = $"pgm-gang-to-{rank}" };
        _receiver = new Thread(Receive) { IsBackground = true, Name = $"pgm-gang-from-{rank}" };
    }

    public int Rank { get; }

    /// <summary>When anything came last, as a timestamp.</summary>
    public long HeardAt => Volatile.Read(ref _heard);

    /// <summary>Whether something has come that was not read yet.</summary>
    public bool HasUnread
    {
        get
        {
            try
            {
                return _link.HasUnread;
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                return false;
            }
        }
    }

    /// <summary>True once all that was queued is the operating system's: the memory of queued blocks may change again.</summary>
    public bool IsSent => Interlocked.Read(ref _unsent) == 0;

    public void Start()
    {
        _sender.Start();
        _receiver.Start();
    }

    /// <summary>Queues a frame with a payload of its own.</summary>
    public void Send(FrameKind kind, long step, byte[] payload, int number = 0) =>
        Queue(new Outgoing(kind, step, number, 0, payload, default));

    /// <summary>Queues a block; its memory must not change before <see cref="IsSent"/>.</summary>
    public void Send(FrameKind kind, long step, int number, long offset, NativeBlock block) =>
        Queue(new Outgoing(kind, step, number, offset, null, block));

    /// <summary>Sends what is queued, then ends the connection.</summary>
    public void Dispose()
    {
        if (_closing) return;
        _closing = true;
        _queue.CompleteAdding();
        // A peer that takes nothing any more must not hold this member up. One that does is read to its end: closing with something unread
        // would make the system throw away what was sent last.
        Close(_sender.Join(Patience) ? Patience : TimeSpan.Zero);
    }

    /// <summary>
    /// Sends what is queued, and leaves the connection to the next generation: what still comes of this one is read and thrown away. When
    /// it returns nothing that the generation owns is used any more.
    /// </summary>
    /// <returns>False where the peer takes nothing any more: the connection has ended.</returns>
    public bool Leave()
    {
        if (_closing) return false;
        _leaving = _closing = true;
        _queue.CompleteAdding();
        if (_sender.Join(Patience) && HasStoppedTaking()) return true;
        Close(TimeSpan.Zero);
        return false;
    }

    /// <summary>After <see cref="Leave"/>: the link, once the peer has left the generation too.</summary>
    /// <returns>Null where it has not in that time, or the connection broke: it is closed.</returns>
    public PeerLink? TakeLink(TimeSpan patience)
    {
        if (_saidEnd && _receiver.Join(patience) && _heardEnd)
        {
            _queue.Dispose();
            return _link;
        }
        Close(TimeSpan.Zero);
        return null;
    }

    /// <summary>Ends the connection, once the peer has ended it or this time is over.</summary>
    public void Close(TimeSpan patience)
    {
        _receiver.Join(patience);
        _link.Abort();
        _sender.Join();
        _receiver.Join();
        _link.Dispose();
        _queue.Dispose();
    }

    private bool HasStoppedTaking()
    {
        var begun = Stopwatch.GetTimestamp();
        lock (_taking)
        {
            _hasLeft = true;
            while (_isTaking)
            {
                var left = Patience - Stopwatch.GetElapsedTime(begun);
                if (left <= TimeSpan.Zero || !Monitor.Wait(_taking, left)) return !_isTaking;
            }
            return true;
        }
    }

    private void Queue(Outgoing outgoing)
    {
        Interlocked.Increment(ref _unsent);
        try
        {
            _queue.Add(outgoing);
        }
        catch (InvalidOperationException)
        {
            Interlocked.Decrement(ref _unsent);
        }
    }

    private void Send()
    {
        var header = new byte[Frame.Size];
        try
        {
            while (!_queue.IsCompleted)
            {
                if (!_queue.TryTake(out var next, _heartbeat))
                {
                    if (!_queue.IsAddingCompleted)
                        SendFrame(new Frame(FrameKind.Heartbeat, 0, _traffic.IsComputing ? 1 : 0, 0, 0, 0), header, []);
                    continue;
                }
                var payload = next.Bytes is { } bytes ? bytes.AsSpan() : next.Block.Span(0, (int)next.Block.Length);
                var checksum = XxHash3.HashToUInt64(payload);
                SendFrame(new Frame(next.Kind, next.Step, next.Number, next.Offset, payload.Length, checksum), header, payload);
                if (Interlocked.Decrement(ref _unsent) == 0) _traffic.Sent();
            }
            if (!_leaving)
            {
                _link.EndSending();
                return;
            }
            SendFrame(new Frame(FrameKind.End, 0, 0, 0, 0, 0), header, []);
            _saidEnd = true;
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or IOException)
        {
            _traffic.Broke(Rank, e);
        }
    }

    private void SendFrame(Frame frame, byte[] header, ReadOnlySpan<byte> payload)
    {
        frame.Write(header);
        _link.SendAll(header);
        _link.SendAll(payload);
        _counts.Count(frame.Kind, payload.Length);
    }

    private void Receive()
    {
        var header = new byte[Frame.Size];
        try
        {
            while (true)
            {
                _link.ReceiveAll(header);
                Hear();
                var frame = Frame.Read(header);
                if (frame.Kind == FrameKind.End)
                {
                    _heardEnd = true;
                    _traffic.Broke(Rank, new EndOfStreamException("The other side has left the generation."));
                    return;
                }
                if (IsToBeTaken()) Take(frame);
                else Skip(frame.Length);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or IOException or InvalidDataException)
        {
            _traffic.Broke(Rank, e);
        }
    }

    private bool IsToBeTaken()
    {
        lock (_taking) return _isTaking = !_hasLeft;
    }

    private void Take(Frame frame)
    {
        try
        {
            var payload = frame.Length == 0 ? default : _traffic.Destination(Rank, frame);
            ReceivePayload(payload);
            if (frame.Length > 0 && XxHash3.HashToUInt64(payload) != frame.Checksum)
                throw new InvalidDataException($"A block of step {frame.Step} from rank {Rank} arrived changed (checksum).");
            _traffic.Arrived(Rank, frame);
        }
        finally
        {
            lock (_taking)
            {
                _isTaking = false;
                Monitor.PulseAll(_taking);
            }
        }
    }

    /// <summary>Reads what belongs to a generation that is over.</summary>
    private void Skip(int length)
    {
        var nowhere = new byte[Math.Min(length, 64 * 1024)];
        for (var left = length; left > 0; left -= nowhere.Length) _link.ReceiveAll(nowhere.AsSpan(0, Math.Min(left, nowhere.Length)));
    }

    private void ReceivePayload(Span<byte> payload)
    {
        // In pieces, so that a slow large block does not look like silence.
        const int Piece = 64 * 1024;
        for (var offset = 0; offset < payload.Length; offset += Piece)
        {
            _link.ReceiveAll(payload.Slice(offset, Math.Min(Piece, payload.Length - offset)));
            Hear();
        }
    }

    private void Hear()
    {
        var now = Stopwatch.GetTimestamp();
        var silence = Stopwatch.GetElapsedTime(_heard, now);
        Volatile.Write(ref _heard, now);
        if (silence > _heartbeat) _patience.Heard(silence);
    }

    private sealed record Outgoing(FrameKind Kind, long Step, int Number, long Offset, byte[]? Bytes, NativeBlock Block);
}
