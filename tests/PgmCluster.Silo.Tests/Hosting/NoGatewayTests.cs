using Microsoft.Extensions.DependencyInjection;
using Orleans.Runtime;
using PgmCluster.Contracts.Devices;
using PgmCluster.Silo.Hosting;
using PgmCluster.TestSupport.Processes;

namespace PgmCluster.Silo.Tests.Hosting;

/// <summary>A silo that only computes.</summary>
public sealed class NoGatewayTests : IDisposable
{
    private readonly TemporaryHome _home = new();

    public void Dispose() => _home.Dispose();

    [Fact]
    public async Task Start_WithoutAGateway_ClientsReachItsDevicesByAnother()
    {
        var control = SiloFixture.Options(_home.Path);
        control.Exclusive = false;
        var worker = SiloFixture.Options(_home.Path);
        (worker.Exclusive, worker.SiloName, worker.Devices, worker.OpensGateway) = (false, "worker", "cpu:0", false);
        await using var first = await PgmSiloHost.StartAsync(control, builder => builder.AddPgmParts(control));
        await using var second = await PgmSiloHost.StartAsync(worker, builder => builder.AddPgmParts(worker));

        Assert.Equal("", second.Endpoint.Gateway);
        Assert.Null(second.Services.GetRequiredService<ILocalSiloDetails>().GatewayAddress);
        // The one that clients of this home are led to, although the other has started last.
        Assert.Equal(first.Endpoint, SiloEndpoint.Find(_home.Path));
        await using var connection = await SiloConnection.ConnectAsync(SiloEndpoint.Find(_home.Path)!);
        var devices = connection.Client.GetGrain<IDevicesGrain>("default");
        await Until.Holds("the worker's device is there", devices.GetDevices, all => all.Any(d => d.Worker == "worker/cpu:0"));
    }
}
