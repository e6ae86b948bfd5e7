using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Orleans.Runtime;
using PgmCluster.Client;
using PgmCluster.Contracts.Errors;
using PgmCluster.Silo.Hosting;
using PgmCluster.Silo.Options;
using PgmCluster.Silo.TestHost;
using PgmCluster.TestSupport;
using PgmCluster.TestSupport.Processes;

namespace PgmCluster.Silo.Tests.Clients;

/// <summary>A program's own host with a client in it, and real silos.</summary>
public sealed class AddPgmClientTests : IDisposable
{
    private readonly TemporaryHome _home = new();
    private readonly ReservedPort _port = new();

    public void Dispose()
    {
        _port.Dispose();
        _home.Dispose();
    }

    [Fact]
    public async Task Start_BeforeTheSilo_WaitsForIt_AndFindsItAgainAfterARestart()
    {
        // A name that stands for two addresses on most machines; the silo listens at one of them.
        using var host = Client(options => options.Gateways = [$"localhost:{_port.Number}"]);
        var starting = host.StartAsync();
        await using (await PgmSiloHost.StartAsync(Options()))
        {
            await starting;
            Assert.Equal(1, await Probe(host).Write("before"));
        }

        await using var again = await PgmSiloHost.StartAsync(Options());
        var read = await Until.Holds("the silo's successor answers", async () => await ReadAsync(host), text => text is not null);
        Assert.Equal("before", read);
        await host.StopAsync();
    }

    [Fact]
    public async Task Start_NobodyThere_FailsInTime_AndSaysWhatWasFound()
    {
        using var host = Client(options =>
        {
            options.Gateways = [$"127.0.0.1:{_port.Number}"];
            options.ConnectTimeout = TimeSpan.FromSeconds(0.5);
        });

        var e = await Assert.ThrowsAsync<PgmException>(() => host.StartAsync()).WaitAsync(TimeSpan.FromSeconds(60));

        Assert.Equal(PgmErrorCode.Unavailable, e.Code);
        Assert.Contains($"the cluster at 127.0.0.1:{_port.Number}: Connection refused", e.Message);
        Assert.DoesNotContain('\n', e.Message);
    }

    [Fact]
    public async Task Start_OtherCluster_NamesItWithoutWaiting()
    {
        await using var silo = await PgmSiloHost.StartAsync(Options());
        using var host = Client(options =>
        {
            options.Gateways = [silo.Endpoint.Gateway];
            (options.ClusterId, options.ConnectTimeout) = ("other", TimeSpan.FromMinutes(10));
        });

        var e = await Assert.ThrowsAsync<PgmException>(() => host.StartAsync());

        Assert.Equal(PgmErrorCode.Invalid, e.Code);
        Assert.Contains("a gateway answered; its cluster is 'pgm'. Give that id (PgmClientOptions.ClusterId)", e.Message);
    }

    [Fact]
    public async Task Start_WrongOptions_NamesAllThatIsWrong()
    {
        using var host = Client(options =>
        {
            options.Gateways = ["127.0.0.1"];
            (options.ClusterId, options.ConnectTimeout) = (" ", TimeSpan.Zero);
        });

        var e = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync());

        Assert.Contains("'127.0.0.1': give HOST:PORT", e.Message);
        Assert.Contains("ClusterId is empty", e.Message);
        Assert.Contains("ConnectTimeout is 00:00:00", e.Message);
    }

    [Fact]
    public void Add_WhereThereIsAnOrleansClient_SaysWhatToLeaveOut()
    {
        var services = new ServiceCollection();
        services.AddOrleansClient(client => client.UseLocalhostClustering());

        var e = Assert.Throws<InvalidOperationException>(() => services.AddPgmClient(_ => { }));

        Assert.Contains("Leave out UseOrleansClient", e.Message);
    }

    private static IProbeGrain Probe(IHost host) => host.Services.GetRequiredService<IGrainFactory>().GetGrain<IProbeGrain>("x");

    /// <summary>Null while the silo is not found again.</summary>
    private static async Task<string?> ReadAsync(IHost host)
    {
        try
        {
            return (await Probe(host).Read()).Text;
        }
        catch (Exception e) when (e is PgmException { Code: PgmErrorCode.Unavailable } or OrleansException or TimeoutException)
        {
            return null;
        }
    }

    private static IHost Client(Action<PgmClientOptions> configure)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Services.AddPgmClient(configure);
        return builder.Build();
    }

    private SiloOptions Options()
    {
        var options = SiloFixture.Options(_home.Path);
        options.GatewayPort = _port.Number;
        return options;
    }
}
