using Microsoft.Extensions.Hosting;

namespace PgmCluster.Grains.Retention;

/// <summary>Sees to it that somewhere in the cluster there is one that applies the rules of retention, whatever silo it was on.</summary>
internal sealed class RetentionService(IGrainFactory grains, TimeProvider time, ILogger<RetentionService> logger) : BackgroundService
{
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(15), s_retryDelay = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            var delay = await Attend() ? s_interval : s_retryDelay;
            await Task.Delay(delay, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task<bool> Attend()
    {
        try
        {
            await grains.GetGrain<IRetentionKeeperGrain>("jobs").Attend();
            return true;
        }
        catch (Exception e)
        {
            // The silo may not be active yet.
            RetentionLog.AttendFailed(logger, e);
            return false;
        }
    }
}
