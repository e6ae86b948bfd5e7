using Microsoft.Extensions.Hosting;
using PgmCluster.Contracts.Devices;

namespace PgmCluster.Grains.Devices;

/// <summary>Announces the silo's devices at start and then as a heartbeat.</summary>
public sealed partial class DeviceAnnouncer(
    DeviceHost host, IGrainFactory grains, TimeProvider time, ILogger<DeviceAnnouncer> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(500);
    private readonly ILogger<DeviceAnnouncer> _logger = logger;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested && !host.IsLeaving)
        {
            var delay = Interval;
            try
            {
                await Task.WhenAll(host.Devices.Select(d => grains.GetGrain<IGpuWorkerGrain>(d.Worker).Announce(d)));
            }
            catch (Exception e)
            {
                // The silo may not be active yet, or the scheduler is moving.
                LogFailed(e);
                delay = RetryDelay;
            }
            await Task.Delay(delay, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
