using PgmCluster.Silo.Errors;
using PgmCluster.Silo.Hosting.Health;
using PgmCluster.Silo.Hosting.Metrics;
using PgmCluster.Silo.Options;

namespace PgmCluster.Silo.Hosting;

/// <summary>What a process tells of its silo over HTTP, before that has started and until it has left: health, and metrics.</summary>
internal sealed class SideServers : IAsyncDisposable
{
    private readonly HealthServer _health;
    private readonly MetricsServer _metrics;

    private SideServers(HealthServer health, MetricsServer metrics) => (_health, _metrics) = (health, metrics);

    /// <summary>What the probes are told.</summary>
    public SiloHealth Health => _health.Health;

    /// <exception cref="SiloStartException">A port is taken, or an address is not of this machine.</exception>
    public static async Task<SideServers> StartAsync(SiloOptions options, CancellationToken cancellationToken)
    {
        var health = await HealthServer.StartAsync(options, cancellationToken);
        try
        {
            return new SideServers(health, await MetricsServer.StartAsync(options, cancellationToken));
        }
        catch
        {
            await health.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _metrics.DisposeAsync();
        await _health.DisposeAsync();
    }
}
