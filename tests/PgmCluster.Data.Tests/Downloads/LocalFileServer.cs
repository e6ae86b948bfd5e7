using System.Net;
using System.Net.Sockets;
using System.Text;

namespace PgmCluster.Data.Tests.Downloads;

/// <summary>Answers every request on loopback with one body, or part of it.</summary>
internal sealed class LocalFileServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly byte[] _body;
    private readonly int _status, _sent;
    private int _requests;

    public LocalFileServer(byte[] body, int status = 200, int? sent = null)
    {
        (_body, _status, _sent) = (body, status, sent ?? body.Length);
        _listener.Start();
        _ = ServeAsync();
    }

    public int Requests => _requests;

    public Uri Address(string name) => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/{name}");

    public void Dispose() => _listener.Stop();

    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                using var client = await _listener.AcceptTcpClientAsync();
                Interlocked.Increment(ref _requests);
                await using var stream = client.GetStream();
                using (var reader = new StreamReader(stream, leaveOpen: true))
                {
                    while (await reader.ReadLineAsync() is { Length: > 0 }) { }
                }
                await stream.WriteAsync(
                    Encoding.ASCII.GetBytes($"HTTP/1.1 {_status} Status\r\nContent-Length: {_body.Length}\r\nConnection: close\r\n\r\n"));
                await stream.WriteAsync(_body.AsMemory(0, _sent));
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The listener was stopped.
        }
    }
}
