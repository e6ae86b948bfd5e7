using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Runtime;
using PgmCluster.Contracts.Devices;
using PgmCluster.Execution.Wire;
using PgmCluster.Silo.Hosting;
using PgmCluster.TestSupport;

namespace PgmCluster.Silo.Tests.Hosting;

/// <summary>Thousands of connections to each port of a silo that say nothing.</summary>
public sealed class IdleConnectionsTests : IDisposable
{
    private const int Wanted = 5000, Others = 1500;

    private readonly TemporaryHome _home = new();

    public void Dispose() => _home.Dispose();

    [Fact]
    public async Task IdleConnections_OnEachPort_TheSiloServes()
    {
        using var health = new ReservedPort();
        var options = SiloFixture.Options(_home.Path);
        options.HealthPort = health.Number;
        await using var silo = await PgmSiloHost.StartAsync(options, builder => builder.AddPgmParts(options));
        using var http = new HttpClient();
        IPEndPoint[] ports =
        [
            IPEndPoint.Parse(silo.Endpoint.Gateway), silo.Services.GetRequiredService<ILocalSiloDetails>().SiloAddress.Endpoint,
            IPEndPoint.Parse(silo.Services.GetRequiredService<DataPlane>().Address), new(IPAddress.Loopback, options.HealthPort),
        ];
        foreach (var port in ports)
        {
            var idle = new List<Socket>();
            for (var i = 0; i < Math.Min(Wanted, OpenFiles() - Others); i++)
            {
                idle.Add(new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp));
                await idle[^1].ConnectAsync(port);
            }

            await using (var connection = await SiloConnection.ConnectAsync(silo.Endpoint))
                Assert.Empty(await connection.Client.GetGrain<IDevicesGrain>("default").GetDevices());
            var ready = await http.GetAsync(new Uri($"http://127.0.0.1:{options.HealthPort}/healthz/ready"));
            Assert.Equal(HttpStatusCode.OK, ready.StatusCode);
            // The first ones had to go.
            Assert.True(await IsClosedAsync(idle[0]), $"the oldest of {idle.Count} connections to {port} is still there");
            foreach (var socket in idle) socket.Dispose();
        }
    }

    private static async Task<bool> IsClosedAsync(Socket socket)
    {
        try
        {
            return await socket.ReceiveAsync(new byte[1]).WaitAsync(TimeSpan.FromSeconds(60)) == 0;
        }
        catch (SocketException)
        {
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    private static int OpenFiles() => int.TryParse(
        File.ReadLines("/proc/self/limits").First(l => l.StartsWith("Max open files", StringComparison.Ordinal))
            .Split(' ', StringSplitOptions.RemoveEmptyEntries)[3], out var limit) ? limit : int.MaxValue;
}
