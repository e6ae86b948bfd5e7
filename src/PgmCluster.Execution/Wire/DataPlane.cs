using System.Net;
using System.Net.Sockets;
using PgmCluster.Execution.Wire.Judging;
using PgmCluster.Tls;

namespace PgmCluster.Execution.Wire;

/// <summary>
/// Where this process takes connections of gangs: gradients and states travel here and not through grain calls. One per process; a
/// connection belongs to one generation of one run, and is handed to nobody before it has proven that.
/// </summary>
public sealed class DataPlane : IDisposable
{
    /// <summary>Connections at once that have proven nothing yet: more than a large gang's members that come together.</summary>
    internal const int MostUnproven = 256;

    private const int LeastPoolThreads = 16;

    /// <summary>Peers whose lateness is remembered.</summary>
    private const int MostRemembered = 4096;

    private readonly Socket _socket;
    private readonly List<Listener> _listeners = [];
    private readonly Dictionary<(string Worker, string Address), PeerPatience> _patience = [];

    /// <summary>Ends when the next generation opens; changed under the listeners' lock.</summary>
    private TaskCompletionSource _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _disposed;
    private int _receiving;

    /// <param name="address">Where to listen; also what peers are told.</param>
    /// <param name="port">0 picks a free one.</param>
    /// <param name="options">How peers are judged.</param>
    /// <param name="time">By which members judge each other, and guests are waited for; null for the machine's.</param>
    /// <param name="tls">Who may connect; null where connections are not encrypted.</param>
    /// <exception cref="SocketException">The port is taken, or the address is not of this machine.</exception>
    public DataPlane(IPAddress address, int port = 0, GangOptions? options = null, TimeProvider? time = null, TlsPolicy? tls = null)
    {
        (Options, Time, Tls) = (options ?? new GangOptions(), time ?? TimeProvider.System, tls);
        HavePoolThreads();
        Standstill = new OwnStandstill(Options.Heartbeat, Time);
        Heartbeats = new Heartbeats(Options.Heartbeat, Standstill);
        Kept = new KeptConnections(Options.LeaveTimeout);
        Unproven = new Lobby(MostUnproven, Options.ConnectTimeout, Time);
        _socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            _socket.Bind(new IPEndPoint(address, port));
            _socket.Listen(MostUnproven);
        }
        catch
        {
            _socket.Dispose();
            throw;
        }
        Address = _socket.LocalEndPoint!.ToString()!;
        _ = AcceptAsync();
    }

    /// <summary>"address:port".</summary>
    public string Address { get; }

    /// <summary>How members of the gangs here judge each other.</summary>
    public GangOptions Options { get; }

    /// <summary>By whose timestamps they judge.</summary>
    internal TimeProvider Time { get; }

    /// <summary>What its members have sent.</summary>
    internal WireTraffic Traffic { get; } = new();

    /// <summary>What its members' connections beat by.</summary>
    internal Heartbeats Heartbeats { get; }

    /// <summary>When this process stood still, as far as its heartbeats tell.</summary>
    internal OwnStandstill Standstill { get; }

    /// <summary>Connections of generations that are over.</summary>
    internal KeptConnections Kept { get; }

    /// <summary>How long the silence of a peer is borne that listens there; the same for all generations.</summary>
    internal PeerPatience PatienceWith(GangPeer peer)
    {
        lock (_patience)
        {
            if (_patience.Count >= MostRemembered) _patience.Clear();
            var key = (peer.Worker, peer.Address);
            return _patience.TryGetValue(key, out var known) ? known : _patience[key] = new PeerPatience(Options, Standstill, Time);
        }
    }

    /// <summary>Connections that have proven nothing yet.</summary>
    internal Lobby Unproven { get; }

    /// <summary>Connections that are listened to for what they have to prove, those that had to go and have not ended yet among them.</summary>
    internal int Receiving => Volatile.Read(ref _receiving);

    /// <summary>What connections have to satisfy; null where they are not encrypted.</summary>
    internal TlsPolicy? Tls { get; }

    /// <summary>Takes the connections of a generation from now on.</summary>
    internal Listener Open(GangSeat seat)
    {
        var listener = new Listener(this, seat);
        lock (_listeners)
        {
            _listeners.Add(listener);
            _opened.SetResult();
            _opened = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
        return listener;
    }

    /// <summary>Ends taking connections; those handed out stay.</summary>
    public void Dispose()
    {
        _disposed = true;
        _socket.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            try
            {
                Take(await _socket.AcceptAsync());
            }
            catch (SocketException) when (!_disposed)
            {
                // A connection that was given up before it was accepted.
                await Task.Yield();
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private void Take(Socket socket)
    {
        // Not disposed: the lobby may close a guest that is just going, and it holds nothing.
        var ended = new CancellationTokenSource();
        _ = HearAsync(socket, Unproven.Enter(ended.Cancel), ended.Token);
    }

    private async Task HearAsync(Socket socket, Lobby.Guest guest, CancellationToken ended)
    {
        Interlocked.Increment(ref _receiving);
        using (guest)
        {
            try
            {
                await GreetAsync(await PeerLink.AcceptAsync(socket, Tls, ended), guest, ended);
            }
            catch (Exception e) when (IsOfThePeer(e))
            {
                socket.Dispose();
            }
        }
        Interlocked.Decrement(ref _receiving);
    }

    /// <summary>Waits for a peer of a generation to prove the next one over a connection that was kept.</summary>
    internal void Welcome(PeerLink link) => _ = WelcomeAsync(link);

    private async Task WelcomeAsync(PeerLink link)
    {
        using var patience = new CancellationTokenSource(Options.ConnectTimeout);
        try
        {
            await GreetAsync(link, guest: null, patience.Token);
        }
        catch (Exception e) when (IsOfThePeer(e))
        {
            // The peer makes a new connection.
        }
    }

    /// <summary>Ends with the link given to its generation, or closed.</summary>
    private async Task GreetAsync(PeerLink link, Lobby.Guest? guest, CancellationToken ended)
    {
        var isTaken = false;
        try
        {
            var hello = await GangHandshake.ReceiveAsync(link, ended);
            // The guest may have heard of the generation before this member has.
            var listener = await FindAsync(hello, ended);
            if (!hello.IsProven(listener.Seat.Proof) || guest?.Leave() == false) return;
            await link.SendAsync(hello.Answer(listener.Seat.Proof), ended);
            isTaken = listener.Enter(hello.From, link);
        }
        finally
        {
            if (!isTaken) link.Dispose();
        }
    }

    private async Task<Listener> FindAsync(GangHandshake.Hello hello, CancellationToken ended)
    {
        while (true)
        {
            Task opened;
            lock (_listeners)
            {
                // Several members of one gang may be devices of this process.
                var found = _listeners.FirstOrDefault(
                    l => l.Seat.RunId == hello.RunId && l.Seat.Generation == hello.Generation && l.Seat.Rank == hello.To);
                if (found is not null) return found;
                opened = _opened.Task;
            }
            await opened.WaitAsync(ended);
        }
    }

    /// <summary>
    /// What connections go on with: the pool makes further threads only every half second or so where all of its own wait, and there are as
    /// few as the machine has cores.
    /// </summary>
    private static void HavePoolThreads()
    {
        ThreadPool.GetMinThreads(out var workers, out var ports);
        if (workers < LeastPoolThreads) ThreadPool.SetMinThreads(LeastPoolThreads, ports);
    }

    private static bool IsOfThePeer(Exception e) =>
        e is IOException or SocketException or InvalidDataException or ObjectDisposedException or OperationCanceledException;

    /// <summary>Where the peers of one generation come in.</summary>
    internal sealed class Listener(DataPlane plane, GangSeat seat) : IDisposable
    {
        private readonly TaskCompletionSource<PeerLink>[] _come =
            [.. seat.Peers.Select(_ => new TaskCompletionSource<PeerLink>(TaskCreationOptions.RunContinuationsAsynchronously))];
        private readonly bool[] _taken = new bool[seat.Peers.Count];

        public GangSeat Seat { get; } = seat;

        /// <summary>The connection of a peer, which is the caller's then.</summary>
        /// <returns>Null where it did not come in time.</returns>
        public async Task<PeerLink?> TakeAsync(int rank, TimeSpan patience)
        {
            var come = _come[rank].Task;
            if (await Task.WhenAny(come, Task.Delay(patience)) != come) return null;
            _taken[rank] = true;
            return await come;
        }

        /// <returns>Whether it is taken; one a peer is.</returns>
        public bool Enter(int rank, PeerLink link) => rank >= 0 && rank < _come.Length && _come[rank].TrySetResult(link);

        public void Dispose()
        {
            lock (plane._listeners) plane._listeners.Remove(this);
            for (var rank = 0; rank < _come.Length; rank++)
            {
                if (!_come[rank].TrySetCanceled() && !_taken[rank]) _come[rank].Task.Result.Dispose();
            }
        }
    }
}
