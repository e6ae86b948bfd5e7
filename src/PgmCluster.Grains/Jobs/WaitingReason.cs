using PgmCluster.Grains.Protocol;

namespace PgmCluster.Grains.Jobs;

/// <summary>Why a job is still in the queue.</summary>
internal static class WaitingReason
{
    /// <param name="scheduler">Who knows.</param>
    /// <param name="work">The work that waits; null for none.</param>
    /// <param name="job">For the log.</param>
    /// <param name="logger">Told where the scheduler cannot be asked.</param>
    /// <returns>Null where nothing waits or nobody knows.</returns>
    public static async Task<string?> Of(IDeviceSchedulerGrain scheduler, string? work, string job, ILogger logger)
    {
        if (work is null) return null;
        try
        {
            return (await scheduler.Find(work))?.Reason;
        }
        catch (Exception e)
        {
            JobLog.AskFailed(logger, e, job);
            return null;
        }
    }
}
