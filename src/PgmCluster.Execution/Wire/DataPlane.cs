using System.Diagnostics;
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

    /// <summary>Peers whose lateness is remembered.</summary>
    private const int MostRemembered = 4096;

    private readonly Socket _socket;
    private readonly List<Listener> _listeners = [];
    private readonly Dictionary<(string Worker, string Address), PeerPatience> _patience = [];
    private volatile bool _disposed;
    private int _receiving;

    /// <param name="address">Where to listen; also what peers are told.</param>
    /// <param name="port">0 picks a free one.</param>
    /// <param name="options">How peers are judged.</param>
    /// <param name="time">By which connections are waited for that prove nothing; null for the machine's.</param>
    /// <param name="tls">Who may connect; null where connections are not encrypted.</param>
    /// <exception cref="SocketException">The port is taken, or the address is not of this machine.</exception>
    public DataPlane(IPAddress address, int port = 0, GangOptions? options = null, TimeProvider? time = null, TlsPolicy? tls = null)
    {
        (Options, Tls) = (options ?? new GangOptions(), tls);
        Unproven = new Lobby(MostUnproven, Options.ConnectTimeout, time ?? TimeProvider.System);
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
        new Thread(Accept) { IsBackground = true, Name = "pgm-data-plane" }.Start();
    }

    /// <summary>"address:port".</summary>
    public string Address { get; }

    /// <summary>How members of the gangs here judge each other.</summary>
    public GangOptions Options { get; }

    /// <summary>What its members have sent.</summary>
    internal WireTraffic Traffic { get; } = new();

    /// <summary>Connections of generations that are over.</summary>
    internal KeptConnections Kept { get; } = new();

    /// <summary>How long the silence of a peer is borne that listens there; the same for all generations.</summary>
    internal PeerPatience PatienceWith(GangPeer peer)
    {
        lock (_patience)
        {
            if (_patience.Count >= MostRemembered) _patience.Clear();
            var key = (peer.Worker, peer.Address);
            return _patience.TryGetValue(key, out var known) ? known : _patience[key] = new PeerPatience(Options, TimeProvider.System);
        }
    }

    /// <summary>Connections that have proven nothing yet.</summary>
    internal Lobby Unproven { get; }

    /// <summary>Threads at work on connections that have proven nothing yet.</summary>
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
            Monitor.PulseAll(_listeners);
        }
        return listener;
    }

    /// <summary>Ends taking connections; those handed out stay.</summary>
    public void Dispose()
    {
        _disposed = true;
        _socket.Dispose();
    }

    private void Accept()
    {
        while (!_disposed)
        {
            try
            {
                Take(_socket.Accept());
            }
            catch (SocketException)
            {
                // A connection that was given up before it was accepted, or the listener is closed.
                if (_disposed) return;
                Thread.Yield();
            }
            catch (ObjectDisposedException)
            {
                return;
            }
        }
    }

    private void Take(Socket socket)
    {
        var guest = Unproven.Enter(() =>
        {
            socket.Dispose();
            // Its thread may wait for a generation, and not for the socket.
            lock (_listeners) Monitor.PulseAll(_listeners);
        });
        Interlocked.Increment(ref _receiving);
        try
        {
            new Thread(() => Receive(socket, guest)) { IsBackground = true, Name = "pgm-data-plane-guest" }.Start();
        }
        catch (Exception e) when (e is OutOfMemoryException or ThreadStartException)
        {
            // The machine has no more threads: whoever belongs to the cluster comes again.
            Interlocked.Decrement(ref _receiving);
            guest.Dispose();
            socket.Dispose();
        }
    }

    private void Receive(Socket socket, Lobby.Guest guest)
    {
        try
        {
            using (guest) Hear(socket, guest);
        }
        finally
        {
            Interlocked.Decrement(ref _receiving);
        }
    }

    private void Hear(Socket socket, Lobby.Guest guest)
    {
        PeerLink? link = null;
        try
        {
            socket.ReceiveTimeout = socket.SendTimeout = (int)Options.ConnectTimeout.TotalMilliseconds;
            link = PeerLink.Accept(socket, Tls);
            Greet(link, guest);
        }
        catch (Exception e) when (e is IOException or SocketException or InvalidDataException or ObjectDisposedException)
        {
            link?.Dispose();
            socket.Dispose();
        }
    }

    /// <summary>Waits for a peer of a generation to prove the next one over a connection that was kept.</summary>
    internal void Welcome(PeerLink link)
    {
        new Thread(() =>
        {
            try
            {
                link.Timeout = Options.ConnectTimeout;
                Greet(link, guest: null);
            }
            catch (Exception e) when (e is IOException or SocketException or InvalidDataException or ObjectDisposedException)
            {
                // The peer makes a new connection.
                link.Dispose();
            }
        })
        { IsBackground = true, Name = "pgm-data-plane-known" }.Start();
    }

    private void Greet(PeerLink link, Lobby.Guest? guest)
    {
        var hello = GangHandshake.Receive(link);
        // The guest may have heard of the generation before this member has.
        if (Find(hello, guest) is not { } listener || !hello.IsProven(listener.Seat.Proof) || guest?.Leave() == false)
        {
            link.Dispose();
            return;
        }
        link.SendAll(hello.Answer(listener.Seat.Proof));
        listener.Enter(hello.From, link);
    }

    private Listener? Find(GangHandshake.Hello hello, Lobby.Guest? guest)
    {
        var begun = Stopwatch.GetTimestamp();
        lock (_listeners)
        {
            while (true)
            {
                // Several members of one gang may be devices of this process.
                var found = _listeners.FirstOrDefault(
                    l => l.Seat.RunId == hello.RunId && l.Seat.Generation == hello.Generation && l.Seat.Rank == hello.To);
                if (found is not null) return found;
                var left = Options.ConnectTimeout - Stopwatch.GetElapsedTime(begun);
                // Whoever has it go says so under this lock afterwards: it is seen here or wakes the wait.
                if (left <= TimeSpan.Zero || guest is { IsHere: false } || !Monitor.Wait(_listeners, left)) return null;
            }
        }
    }

    /// <summary>Where the peers of one generation come in.</summary>
    internal sealed class Listener(DataPlane plane, GangSeat seat) : IDisposable
    {
        private readonly Dictionary<int, PeerLink> _guests = [];
        private bool _closed;

        public GangSeat Seat { get; } = seat;

        /// <summary>The connection of a peer.</summary>
        /// <returns>Null where it did not come in time.</returns>
        public PeerLink? Take(int rank, TimeSpan patience)
        {
            var begun = Stopwatch.GetTimestamp();
            lock (_guests)
            {
                PeerLink? link;
                while (!_guests.Remove(rank, out link))
                {
                    var left = patience - Stopwatch.GetElapsedTime(begun);
                    if (left <= TimeSpan.Zero || !Monitor.Wait(_guests, left)) return null;
                }
                return link;
            }
        }

        public void Enter(int rank, PeerLink link)
        {
            lock (_guests)
            {
                if (_closed || rank < 0 || rank >= Seat.Peers.Count || !_guests.TryAdd(rank, link)) link.Dispose();
                else Monitor.PulseAll(_guests);
            }
        }

        public void Dispose()
        {
            lock (plane._listeners) plane._listeners.Remove(this);
            lock (_guests)
            {
                _closed = true;
                foreach (var link in _guests.Values) link.Dispose();
                _guests.Clear();
            }
        }
    }
}
