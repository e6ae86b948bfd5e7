using System.Net;
using System.Net.Sockets;

namespace PgmCluster.TestSupport.S3;

/// <summary>
/// A connection to a server on loopback that carries so many bytes from its clients and then no more, without closing. Its answers can
/// be made to stall once: those of the connection that carries the last byte allowed end there, later connections are whole.
/// </summary>
public sealed class StallingProxy : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly TaskCompletionSource _stalled = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly int _port;
    private long _left, _answers;
    private volatile bool _isAskedAgain;

    /// <param name="server">Whom it leads to.</param>
    /// <param name="bytes">How much it carries.</param>
    /// <param name="answers">So many bytes of answers are carried before one stalls.</param>
    public StallingProxy(Uri server, long bytes = long.MaxValue, long answers = long.MaxValue)
    {
        (_port, _left, _answers) = (server.Port, bytes, answers);
        _listener.Start();
        _ = AcceptAsync();
    }

    /// <summary>Where it listens.</summary>
    public Uri Endpoint => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");

    /// <summary>Ends when something was held back for the first time.</summary>
    public Task Stalled => _stalled.Task;

    /// <summary>Whether a client has sent something since.</summary>
    public bool IsAskedAgain => _isAskedAgain;

    /// <summary>From now on it carries nothing from its clients.</summary>
    public void Stall() => Interlocked.Exchange(ref _left, 0);

    public void Dispose()
    {
        _end.Cancel();
        _listener.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_end.IsCancellationRequested)
        {
            TcpClient client;
            try
            {
                client = await _listener.AcceptTcpClientAsync(_end.Token);
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                return;
            }
            _ = CarryAsync(client);
        }
    }

    private async Task CarryAsync(TcpClient client)
    {
        using (client)
        using (var server = new TcpClient())
        {
            try
            {
                await server.ConnectAsync(IPAddress.Loopback, _port, _end.Token);
                await Task.WhenAny(
                    ForthAsync(client.GetStream(), server.GetStream()), BackAsync(server.GetStream(), client.GetStream()));
            }
            catch (Exception e) when (e is IOException or SocketException or OperationCanceledException)
            {
                // Either end is gone.
            }
        }
    }

    private async Task ForthAsync(NetworkStream from, NetworkStream to)
    {
        var buffer = new byte[1 << 16];
        while (true)
        {
            var read = await from.ReadAsync(buffer, _end.Token);
            if (read == 0) return;
            _isAskedAgain |= _stalled.Task.IsCompleted;
            if (Interlocked.Add(ref _left, -read) < 0) await HoldAsync();
            await to.WriteAsync(buffer.AsMemory(0, read), _end.Token);
        }
    }

    private async Task BackAsync(NetworkStream from, NetworkStream to)
    {
        var buffer = new byte[1 << 16];
        while (true)
        {
            var read = await from.ReadAsync(buffer, _end.Token);
            if (read == 0) return;
            if (Interlocked.Add(ref _answers, -read) < 0)
            {
                Interlocked.Exchange(ref _answers, long.MaxValue);
                await HoldAsync();
            }
            await to.WriteAsync(buffer.AsMemory(0, read), _end.Token);
        }
    }

    private Task HoldAsync()
    {
        _stalled.TrySetResult();
        return Task.Delay(Timeout.Infinite, _end.Token);
    }
}
