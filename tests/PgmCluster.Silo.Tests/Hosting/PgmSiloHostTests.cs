using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Runtime;
using Orleans.Runtime.MembershipService.SiloMetadata;
using PgmCluster.Contracts.Errors;
using PgmCluster.Grains.Placement;
using PgmCluster.Silo.Errors;
using PgmCluster.Silo.Hosting;
using PgmCluster.Silo.Storage;
using PgmCluster.Silo.TestHost;
using PgmCluster.TestSupport;
using PgmCluster.TestSupport.Processes;
using Xunit.Abstractions;

namespace PgmCluster.Silo.Tests.Hosting;

public sealed class PgmSiloHostTests(ITestOutputHelper output) : IDisposable
{
    private readonly TemporaryHome _home = new();

    public void Dispose() => _home.Dispose();

    [Fact]
    public async Task Start_ThenStop_PublishesAndWithdrawsTheEndpoint()
    {
        Assert.Null(SiloEndpoint.Find(_home.Path));
        var silo = await PgmSiloHost.StartAsync(SiloFixture.Options(_home.Path));
        output.WriteLine($"ready in {silo.StartTime.TotalSeconds:0.00} s");

        Assert.Equal(silo.Endpoint, SiloEndpoint.Find(_home.Path));
        Assert.Equal(Environment.ProcessId, silo.Endpoint.Pid);
        Assert.Single(Directory.GetFiles(Path.Combine(_home.Path, "logs"), "silo-*.log"));

        await silo.StopAsync();
        await silo.DisposeAsync();

        Assert.Null(SiloEndpoint.Find(_home.Path));
        Assert.Equal(["pgm.db"], Directory.GetFiles(Path.Combine(_home.Path, "state")).Select(Path.GetFileName));
        Assert.True(silo.Stopping.IsCancellationRequested);
    }

    [Fact]
    public async Task Start_TwiceInOneProcess_TheSecondIsRefused_AndWorksAfterTheFirst()
    {
        await using (await PgmSiloHost.StartAsync(SiloFixture.Options(_home.Path)))
        {
            var e = await Assert.ThrowsAsync<HomeLockedException>(() => PgmSiloHost.StartAsync(SiloFixture.Options(_home.Path)));
            Assert.Equal(Environment.ProcessId, e.ProcessId);
        }

        await using var again = await PgmSiloHost.StartAsync(SiloFixture.Options(_home.Path));
    }

    [Fact]
    public async Task Start_Devices_AreTheSilosMetadata()
    {
        var options = SiloFixture.Options(_home.Path);
        options.Devices = "cpu:0,cpu:1";
        await using var silo = await PgmSiloHost.StartAsync(options);

        var address = silo.Services.GetRequiredService<ILocalSiloDetails>().SiloAddress;
        var cache = silo.Services.GetRequiredService<ISiloMetadataCache>();
        var devices = await Until.Holds("the silo's own metadata is known",
            () => Task.FromResult(cache.GetSiloMetadata(address).Metadata.GetValueOrDefault(PreferControlSiloPlacement.DevicesKey)),
            value => value is not null);
        Assert.Equal("cpu:0,cpu:1", devices);
    }

    [Fact]
    public async Task Start_PortTaken_SaysSoAndReleasesTheHome()
    {
        using var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        var options = SiloFixture.Options(_home.Path);
        options.GatewayPort = ((System.Net.IPEndPoint)listener.LocalEndpoint).Port;
        options.SiloPort = options.GatewayPort == 65535 ? 65534 : options.GatewayPort + 1;

        var e = await Assert.ThrowsAsync<SiloStartException>(() => PgmSiloHost.StartAsync(options));

        Assert.Contains($"{options.GatewayPort}", e.Message);
        Assert.DoesNotContain('\n', e.Message);
        using var free = HomeLock.Acquire(_home.Path);
    }

    [Fact]
    public async Task Start_ConfigureThrows_ReleasesTheHome()
    {
        await Assert.ThrowsAsync<NotSupportedException>(
            () => PgmSiloHost.StartAsync(SiloFixture.Options(_home.Path), _ => throw new NotSupportedException("a defect")));

        using var free = HomeLock.Acquire(_home.Path);
    }

    [Fact]
    public async Task Log_GrainsArePlacedAndCalled_SaysNothingOfTheFrameworksAttempts()
    {
        using var home = new TemporaryHome();
        await using (var silo = await PgmSiloHost.StartAsync(SiloFixture.Options(home.Path)))
        {
            for (var i = 0; i < 5; i++) await silo.Grains.GetGrain<IProbeGrain>($"p{i}").Write("x");
        }

        var log = string.Concat(Directory.GetFiles(Path.Combine(home.Path, "logs")).Select(File.ReadAllText));
        Assert.NotEmpty(log);
        Assert.DoesNotContain("Execution attempt", log);
    }

    [Fact]
    public async Task Connect_GatewayOfAnotherCluster_SaysWhatToCheckWithoutWaiting()
    {
        using var home = new TemporaryHome();
        await using var silo = await PgmSiloHost.StartAsync(SiloFixture.Options(home.Path));
        var gateway = IPEndPoint.Parse(silo.Endpoint.Gateway);

        var e = await Assert.ThrowsAsync<SiloConnectionException>(() => SiloConnection.ConnectAsync(
            [new DnsEndPoint(gateway.Address.ToString(), gateway.Port)], "other", "pgm", TimeSpan.FromMinutes(10)));

        Assert.Contains("a gateway answered; its cluster is 'pgm'. Give that id (PGM_CLUSTERID), or name gateways of 'other'", e.Message);
        Assert.DoesNotContain('\n', e.Message);
    }

    [Fact]
    public async Task Write_FullDisk_IsOneClearLineAtTheClient_AndWorksOnceThereIsSpace()
    {
        using var disk = new SmallDisk();
        await using var silo = await PgmSiloHost.StartAsync(SiloFixture.Options(disk.Path));
        await using var connection = await SiloConnection.ConnectAsync(silo.Endpoint);
        var grain = connection.Client.GetGrain<IProbeGrain>("on a small disk");
        await grain.Write("before");
        disk.Fill();

        // The log may have room for some more writes: go on until it has not.
        var e = WireErrors.Of(await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            for (var i = 0; i < 2000; i++) await grain.Write(new string('x', 4000));
        }));

        Assert.NotNull(e);
        output.WriteLine(e.Message);
        Assert.Equal(PgmErrorCode.Unavailable, e.Code);
        Assert.Contains("disk is full", e.Message);
        Assert.DoesNotContain('\n', e.Message);
        disk.FreeUp();
        await grain.Write("after");
        Assert.Equal("after", (await grain.Read()).Text);
    }

    [Fact]
    public async Task Stop_FullDisk_EndsInBoundedTime()
    {
        using var disk = new SmallDisk();
        var options = SiloFixture.Options(disk.Path);
        options.ShutdownTimeout = TimeSpan.FromSeconds(1);
        var silo = await PgmSiloHost.StartAsync(options);
        disk.Fill();

        await silo.StopAsync().WaitAsync(TimeSpan.FromSeconds(60));

        Assert.Null(SiloEndpoint.Find(disk.Path));
        disk.FreeUp();
        await using var again = await PgmSiloHost.StartAsync(options);
    }

    [Fact]
    public async Task Start_FullOrReadOnlyHome_IsOneClearLine()
    {
        using var disk = new SmallDisk();
        disk.Fill();
        var full = await Assert.ThrowsAnyAsync<Exception>(() => PgmSiloHost.StartAsync(SiloFixture.Options(disk.Path)));
        disk.FreeUp();
        disk.MakeReadOnly();
        var readOnly = await Assert.ThrowsAnyAsync<Exception>(() => PgmSiloHost.StartAsync(SiloFixture.Options(disk.Path)));

        Assert.All([full, readOnly], e =>
        {
            output.WriteLine(e.Message);
            Assert.True(e is SiloStartException or StateDatabaseException, e.ToString());
            Assert.DoesNotContain('\n', e.Message);
            Assert.Contains(disk.Path, e.Message);
        });
    }
}
