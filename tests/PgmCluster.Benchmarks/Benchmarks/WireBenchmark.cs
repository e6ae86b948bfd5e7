using System.Net;
using System.Net.Sockets;
using PgmCluster.Benchmarks.Harness;
using PgmCluster.Data.Tls;
using PgmCluster.Execution.Wire;
using PgmCluster.Execution.Wire.Judging;
using PgmCluster.Tls;
using static TorchSharp.torch;

namespace PgmCluster.Benchmarks.Benchmarks;

/// <summary>What TLS costs the data plane: two members that send each other a gradient over loopback at the same time.</summary>
public sealed class WireBenchmark : IBenchmark
{
    /// <summary>Those of the benchmark "gang": 7.8 million float32 each way.</summary>
    private const int Floats = 7_800_000;

    private const int Block = 1 << 20;

    private static readonly GangOptions s_options = new();

    public string Name => "wire";

    public string Description => "gradients between two members over loopback, plain against TLS 1.3";

    public IEnumerable<Comparison> Run(BenchmarkOptions options)
    {
        var directory = Directory.CreateTempSubdirectory("pgm-wire-").FullName;
        try
        {
            var authority = TlsAuthority.Create(Path.Combine(directory, "tls"), TimeProvider.System);
            using var policy = new TlsPolicy(TlsFiles.In(Path.Combine(authority.Directory, "silo")), TlsRole.Silo, _ => { });
            using var plain = new Pair(null);
            using var encrypted = new Pair(policy);
            yield return Comparison.Of(
                $"{Floats * 4 / 1e6:0} MB in each direction between two members, in blocks of {Block >> 10} KiB with checksums",
                options.Rounds, new Variant("plain", plain.Exchange), new Variant("TLS 1.3", encrypted.Exchange));
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private sealed class Pair : IDisposable
    {
        private readonly Member _one;
        private readonly Member _two;

        public Pair(TlsPolicy? policy)
        {
            using var listener = new Socket(SocketType.Stream, ProtocolType.Tcp);
            listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            listener.Listen();
            var client = new Socket(SocketType.Stream, ProtocolType.Tcp);
            client.Connect(listener.LocalEndPoint!);
            var server = listener.Accept();
            var accepted = PeerLink.AcceptAsync(server, policy);
            _one = new Member(PeerLink.ConnectAsync(client, policy).GetAwaiter().GetResult());
            _two = new Member(accepted.GetAwaiter().GetResult());
        }

        public void Exchange()
        {
            _one.Send();
            _two.Send();
            _one.AwaitAll();
            _two.AwaitAll();
        }

        public void Dispose()
        {
            _one.Dispose();
            _two.Dispose();
        }
    }

    /// <summary>One end: it sends its gradient and takes the other's.</summary>
    private sealed class Member : IPeerTraffic, IFrameReceiver, IDisposable
    {
        private readonly Tensor _own = ones(Floats);
        private readonly Tensor _others = zeros(Floats);
        private readonly NativeBlock _from;
        private readonly NativeBlock _to;
        private readonly PeerConnection _connection;
        private readonly SemaphoreSlim _whole = new(0);
        private Exception? _broke;

        public Member(PeerLink link)
        {
            (_from, _to) = (NativeBlock.Of(_own), NativeBlock.Of(_others));
            var standstill = new OwnStandstill(s_options.Heartbeat, TimeProvider.System);
            var patience = new PeerPatience(s_options, standstill, TimeProvider.System);
            _connection = new PeerConnection(0, link, this, patience, s_options, new WireTraffic(), new Heartbeats(s_options.Heartbeat, standstill));
            _connection.Start();
        }

        bool IPeerTraffic.IsComputing => false;

        public void Send()
        {
            for (long at = 0; at < _from.Length; at += Block)
                _connection.Send(FrameKind.Part, 0, 0, at, _from.Part(at, Math.Min(Block, _from.Length - at)));
        }

        public void AwaitAll()
        {
            _whole.Wait();
            if (_broke is not null) throw new InvalidOperationException($"Exchanging gradients: {_broke.Message}", _broke);
        }

        Task<IFrameReceiver?> IPeerTraffic.ReceiverOf(int rank, FrameKind kind) => Task.FromResult<IFrameReceiver?>(this);

        Memory<byte> IFrameReceiver.Destination(int rank, Frame frame) => _to.Memory(frame.Offset, frame.Length);

        void IFrameReceiver.Arrived(int rank, Frame frame, ReadOnlyMemory<byte> payload)
        {
            if (frame.Length > 0 && frame.Offset + frame.Length == _to.Length) _whole.Release();
        }

        void IPeerTraffic.Arrived(int rank, FrameKind kind)
        {
        }

        void IPeerTraffic.Sent()
        {
        }

        void IPeerTraffic.Broke(int rank, Exception reason)
        {
            _broke = reason;
            _whole.Release();
        }

        public void Dispose()
        {
            _connection.EndAsync().GetAwaiter().GetResult();
            _own.Dispose();
            _others.Dispose();
            _whole.Dispose();
        }
    }
}
