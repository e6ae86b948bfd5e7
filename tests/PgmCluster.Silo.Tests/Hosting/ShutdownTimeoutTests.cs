using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using PgmCluster.Grains.Options;
using PgmCluster.Silo.Hosting;

namespace PgmCluster.Silo.Tests.Hosting;

/// <summary>How long a silo may take to leave.</summary>
public sealed class ShutdownTimeoutTests : IDisposable
{
    private readonly TemporaryHome _home = new();

    public void Dispose() => _home.Dispose();

    [Fact]
    public async Task Setting_ReachesTheWorkOfItsDevices_AndTheSiloHasTimeLeftToLeave()
    {
        var options = SiloFixture.Options(_home.Path);
        options.ShutdownTimeout = TimeSpan.FromSeconds(47);

        await using var silo = await PgmSiloHost.StartAsync(options, builder => builder.AddPgmParts(options));

        Assert.Equal(options.ShutdownTimeout, silo.Services.GetRequiredService<GrainsOptions>().DrainTimeout);
        var host = silo.Services.GetRequiredService<IOptions<HostOptions>>().Value.ShutdownTimeout;
        Assert.InRange(host, options.ShutdownTimeout + TimeSpan.FromSeconds(5), PgmSiloHost.LongestStop(options));
    }
}
