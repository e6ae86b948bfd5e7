using Microsoft.Extensions.Hosting;
using PgmCluster.Contracts.Catalog;
using PgmCluster.Contracts.Datasets;
using PgmCluster.Contracts.Evaluation;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Contracts.Pulls;
using PgmCluster.Contracts.Sampling;
using PgmCluster.Contracts.Tokenization;
using PgmCluster.Contracts.Training;

namespace PgmCluster.Grains.Recovery;

/// <summary>
/// Wakes the jobs that are not at rest: after a start, after the loss of a silo, and now and then in case a word was lost.
/// </summary>
public sealed partial class SupervisorService(
    IGrainFactory grains, IClusterMembershipService membership, TimeProvider time, ILogger<SupervisorService> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(1);
    private readonly ILogger<SupervisorService> _logger = logger;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            var members = ActiveMembers();
            var delay = await WakeAll() ? Interval : RetryDelay;
            for (var waited = TimeSpan.Zero; waited < delay && !stoppingToken.IsCancellationRequested; waited += RetryDelay)
            {
                await Task.Delay(RetryDelay, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                if (members.Except(ActiveMembers()).Any()) break;
            }
        }
    }

    private HashSet<SiloAddress> ActiveMembers() =>
        [.. membership.CurrentSnapshot.Members.Values.Where(m => m.Status == SiloStatus.Active).Select(m => m.SiloAddress)];

    private async Task<bool> WakeAll()
    {
        try
        {
            var jobs = await grains.GetGrain<ICatalogGrain>("jobs").List();
            var woken = true;
            foreach (var job in jobs.Where(j => !j.AtRest)) woken &= await Wake(job);
            return woken;
        }
        catch (Exception e)
        {
            // The silo may not be active yet, or the storage is away.
            LogListFailed(e);
            return false;
        }
    }

    private async Task<bool> Wake(CatalogEntry job)
    {
        try
        {
            IJobGrain? grain = job.JobKind switch
            {
                JobKind.Tokenization => grains.GetGrain<ITokenizationJobGrain>(job.Name),
                JobKind.Training => grains.GetGrain<ITrainingRunGrain>(job.Name),
                JobKind.Sampling => grains.GetGrain<ISamplingJobGrain>(job.Name),
                JobKind.Evaluation => grains.GetGrain<IEvaluationJobGrain>(job.Name),
                JobKind.Statistics => grains.GetGrain<IStatisticsJobGrain>(job.Name),
                JobKind.Pull => grains.GetGrain<IPullJobGrain>(job.Name),
                JobKind.Likelihood => grains.GetGrain<ILikelihoodJobGrain>(job.Name),
                JobKind.Registration => grains.GetGrain<IRegistrationJobGrain>(job.Name),
                _ => null,
            };
            if (grain is not null) await grain.Wake();
            return true;
        }
        catch (Exception e)
        {
            LogWakeFailed(e, job.Name);
            return false;
        }
    }
}
