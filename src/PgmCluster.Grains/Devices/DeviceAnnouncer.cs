using Microsoft.Extensions.Hosting;
using PgmCluster.Grains.Leases;
using PgmCluster.Grains.Options;

namespace PgmCluster.Grains.Devices;

/// <summary>Says as a heartbeat what the silo's devices do: one call for all of them, by which their leases go on.</summary>
internal sealed partial class DeviceAnnouncer(
    DeviceHost host, GrainsOptions options, IGrainFactory grains, TimeProvider time, ILogger<DeviceAnnouncer> logger) : BackgroundService
{
    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(500);
    private readonly ILogger<DeviceAnnouncer> _logger = logger;
    private readonly Timings _timings = options.Timings;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (host.HasDevices && !stoppingToken.IsCancellationRequested && !host.HasDrained)
        {
            var delay = await TryRenew() ? _timings.Heartbeat : RetryDelay;
            await Task.Delay(delay, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>
    /// Returns at once: this stops before the silo does, and work that is being saved keeps its lease only by further heartbeats.
    /// </summary>
    public override Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task<bool> TryRenew()
    {
        try
        {
            await Renew().WaitAsync(_timings.HeartbeatTimeout, time);
            return true;
        }
        catch (Exception e)
        {
            // The silo may not be active yet, or who grants leases is moving.
            LogFailed(e);
            return false;
        }
    }

    /// <remarks>An answer that comes after the next heartbeat was sent counts as well: of a slow machine all may come so late.</remarks>
    private async Task Renew()
    {
        var (heartbeat, asked) = (host.Heartbeat(), time.GetTimestamp());
        var answer = await grains.GetGrain<ILeaseGrain>("default").Renew(heartbeat);
        if (answer.Refusal is { } refusal) LogRefused(refusal);
        else host.Renewed(heartbeat, asked);
    }
}
