using Microsoft.Extensions.Hosting;

namespace PgmCluster.Grains.Recovery;

/// <summary>
/// Sees to it that somewhere in the cluster there is a supervisor of jobs: at the start of this silo, after the loss of another, which may
/// have had it, and now and then.
/// </summary>
internal sealed class SupervisorService(
    IGrainFactory grains, IClusterMembershipService membership, TimeProvider time, ILogger<SupervisorService> logger) : BackgroundService
{
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan s_retryDelay = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var isNew = true;
        while (!stoppingToken.IsCancellationRequested)
        {
            var members = ActiveMembers();
            var attended = await Attend(isNew);
            isNew &= !attended;
            var delay = attended ? s_interval : s_retryDelay;
            for (var waited = TimeSpan.Zero; waited < delay && !stoppingToken.IsCancellationRequested; waited += s_retryDelay)
            {
                await Task.Delay(s_retryDelay, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                if (members.Except(ActiveMembers()).Any()) break;
            }
        }
    }

    private HashSet<SiloAddress> ActiveMembers() =>
        [.. membership.CurrentSnapshot.Members.Values.Where(m => m.Status == SiloStatus.Active).Select(m => m.SiloAddress)];

    private async Task<bool> Attend(bool isNew)
    {
        try
        {
            await grains.GetGrain<IJobSupervisorGrain>("jobs").Attend(isNew);
            return true;
        }
        catch (Exception e)
        {
            // The silo may not be active yet.
            SupervisorLog.AttendFailed(logger, e);
            return false;
        }
    }
}
