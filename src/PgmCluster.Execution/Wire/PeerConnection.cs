using System.Diagnostics;
using System.IO.Hashing;
using System.Net.Sockets;
using System.Threading.Channels;
using PgmCluster.Execution.Wire.Judging;

namespace PgmCluster.Execution.Wire;

/// <summary>
/// The connection to one peer for one generation: what is queued is sent and what comes is received, each in order, by whatever thread of
/// the pool is free; while nothing can be sent or has come no thread is held. The device's thread never touches it.
/// </summary>
/// <param name="rank">The peer's.</param>
/// <param name="link">Proven; owned from now on.</param>
/// <param name="traffic">Takes what arrives.</param>
/// <param name="patience">Learns how late the peer's words come.</param>
/// <param name="options">Say how long the peer may take to leave.</param>
/// <param name="counts">Counts what is sent.</param>
/// <param name="heartbeats">Has this connection beat.</param>
internal sealed class PeerConnection(
    int rank, PeerLink link, IPeerTraffic traffic, PeerPatience patience, GangOptions options, WireTraffic counts, Heartbeats heartbeats)
{
    private readonly Channel<Outgoing> _queue = Channel.CreateUnbounded<Outgoing>(new UnboundedChannelOptions { SingleReader = true });

    /// <summary>Held by who sends a frame, and its header.</summary>
    private readonly SemaphoreSlim _line = new(1);
    private readonly byte[] _header = new byte[Frame.Size];

    /// <summary>Held while a frame is taken, which writes what the generation owns.</summary>
    private readonly SemaphoreSlim _taking = new(1);
    private Task _sending = Task.CompletedTask;
    private Task _receiving = Task.CompletedTask;
    private long _unsent;
    private long _heard = Stopwatch.GetTimestamp();
    private volatile bool _closing;
    private volatile bool _leaving;
    private volatile bool _saidEnd;
    private volatile bool _heardEnd;

    public int Rank => rank;

    /// <summary>When anything came last, as a timestamp.</summary>
    public long HeardAt => Volatile.Read(ref _heard);

    /// <summary>Whether something has come that was not read yet.</summary>
    public bool HasUnread
    {
        get
        {
            try
            {
                return link.HasUnread;
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
        patience.Connected();
        link.SendAtOnce();
        _sending = Task.Run(SendAsync);
        _receiving = Task.Run(ReceiveAsync);
        heartbeats.Add(this);
    }

    /// <summary>Queues a frame with a payload of its own.</summary>
    public void Send(FrameKind kind, long step, byte[] payload, int number = 0) =>
        Queue(new Outgoing(kind, step, number, 0, payload, default));

    /// <summary>Queues a block; its memory must not change before <see cref="IsSent"/>.</summary>
    public void Send(FrameKind kind, long step, int number, long offset, NativeBlock block) =>
        Queue(new Outgoing(kind, step, number, offset, null, block));

    /// <summary>
    /// Tells the peer that this process lives, on the caller's thread and without waiting; nothing where a frame is being sent, which tells
    /// it as well.
    /// </summary>
    public void Beat()
    {
        if (_line.Wait(0)) _ = BeatAsync();
    }

    /// <summary>Sends what is queued, then ends the connection.</summary>
    public async Task EndAsync()
    {
        Stop();
        // A peer that takes nothing any more must not hold this member up. One that does is read to its end: closing with something unread
        // would make the system throw away what was sent last.
        await CloseAsync(await EndsAsync(_sending, options.LeaveTimeout) ? options.LeaveTimeout : TimeSpan.Zero);
    }

    /// <summary>
    /// Sends what is queued, and leaves the connection to the next generation: what still comes of this one is read and thrown away. Once
    /// it has, nothing that the generation owns is used any more.
    /// </summary>
    /// <returns>False where the peer takes nothing any more: the connection has ended.</returns>
    public async Task<bool> LeaveAsync()
    {
        _leaving = true;
        Stop();
        if (await EndsAsync(_sending, options.LeaveTimeout) && await _taking.WaitAsync(options.LeaveTimeout))
        {
            _taking.Release();
            return true;
        }
        await CloseAsync(TimeSpan.Zero);
        return false;
    }

    /// <summary>After <see cref="LeaveAsync"/>: the link, once the peer has left the generation too.</summary>
    /// <returns>Null where it has not in that time, or the connection broke: it is closed.</returns>
    public async Task<PeerLink?> TakeLinkAsync(TimeSpan wait)
    {
        if (_saidEnd && await EndsAsync(_receiving, wait) && _heardEnd) return link;
        await CloseAsync(TimeSpan.Zero);
        return null;
    }

    /// <summary>Ends the connection, once the peer has ended it or this time is over.</summary>
    public async Task CloseAsync(TimeSpan wait)
    {
        await EndsAsync(_receiving, wait);
        link.Abort();
        await Task.WhenAll(_sending, _receiving);
        link.Dispose();
    }

    private static async Task<bool> EndsAsync(Task task, TimeSpan wait) => await Task.WhenAny(task, Task.Delay(wait)) == task;

    private void Stop()
    {
        _closing = true;
        heartbeats.Remove(this);
        _queue.Writer.TryComplete();
    }

    private void Queue(Outgoing outgoing)
    {
        Interlocked.Increment(ref _unsent);
        if (!_queue.Writer.TryWrite(outgoing)) Interlocked.Decrement(ref _unsent);
    }

    private async Task SendAsync()
    {
        try
        {
            await foreach (var next in _queue.Reader.ReadAllAsync())
            {
                var payload = next.Bytes ?? (ReadOnlyMemory<byte>)next.Block.Memory(0, (int)next.Block.Length);
                var checksum = XxHash3.HashToUInt64(payload.Span);
                await SendAsync(new Frame(next.Kind, next.Step, next.Number, next.Offset, payload.Length, checksum), payload);
                if (Interlocked.Decrement(ref _unsent) == 0) traffic.Sent();
            }
            if (_leaving) await SendAsync(new Frame(FrameKind.End, 0, 0, 0, 0, 0), default);
            else link.EndSending();
            _saidEnd = _leaving;
        }
        catch (Exception e)
        {
            traffic.Broke(rank, e);
        }
    }

    private async Task BeatAsync()
    {
        try
        {
            if (!_closing) await WriteAsync(new Frame(FrameKind.Heartbeat, 0, traffic.IsComputing ? 1 : 0, 0, 0, 0), default);
        }
        catch (Exception e)
        {
            traffic.Broke(rank, e);
        }
        finally
        {
            _line.Release();
        }
    }

    private async ValueTask SendAsync(Frame frame, ReadOnlyMemory<byte> payload)
    {
        await _line.WaitAsync();
        try
        {
            await WriteAsync(frame, payload);
        }
        finally
        {
            _line.Release();
        }
    }

    private async ValueTask WriteAsync(Frame frame, ReadOnlyMemory<byte> payload)
    {
        frame.Write(_header);
        await link.SendAsync(_header);
        await link.SendAsync(payload);
        counts.Count(frame.Kind, payload.Length);
    }

    private async Task ReceiveAsync()
    {
        var header = new byte[Frame.Size];
        try
        {
            while (!_heardEnd)
            {
                await FillAsync(header);
                var frame = Frame.Read(header);
                if (frame.Kind == FrameKind.End) _heardEnd = true;
                else if (!await TakesAsync(frame)) await SkipAsync(frame.Length);
            }
            throw new EndOfStreamException("The other side has left the generation.");
        }
        catch (Exception e)
        {
            traffic.Broke(rank, e);
        }
    }

    /// <returns>False where the frame belongs to a generation that is over.</returns>
    private async ValueTask<bool> TakesAsync(Frame frame)
    {
        await _taking.WaitAsync();
        try
        {
            if (_leaving || await traffic.ReceiverOf(rank, frame.Kind) is not { } receiver) return false;
            var payload = frame.Length == 0 ? default : receiver.Destination(rank, frame);
            await FillAsync(payload);
            if (frame.Length > 0 && XxHash3.HashToUInt64(payload.Span) != frame.Checksum)
                throw new InvalidDataException($"A block of step {frame.Step} from rank {rank} arrived changed (checksum).");
            receiver.Arrived(rank, frame, payload);
        }
        finally
        {
            _taking.Release();
        }
        traffic.Arrived(rank, frame.Kind);
        return true;
    }

    private async ValueTask SkipAsync(int length)
    {
        var nowhere = new byte[Math.Min(length, 64 * 1024)];
        for (var left = length; left > 0; left -= nowhere.Length) await FillAsync(nowhere.AsMemory(0, Math.Min(left, nowhere.Length)));
    }

    private async ValueTask FillAsync(Memory<byte> memory)
    {
        while (!memory.IsEmpty)
        {
            memory = memory[await link.ReceiveAsync(memory)..];
            // Each piece counts, so that a slow large block does not look like silence.
            var now = Stopwatch.GetTimestamp();
            patience.Heard(Stopwatch.GetElapsedTime(_heard, now));
            Volatile.Write(ref _heard, now);
        }
    }

    private sealed record Outgoing(FrameKind Kind, long Step, int Number, long Offset, byte[]? Bytes, NativeBlock Block);
}
