using PgmCluster.Cli.Errors;
using PgmCluster.Contracts.Jobs;

namespace PgmCluster.Cli.Jobs;

/// <summary>Waiting for a job.</summary>
internal static class JobWaiting
{
    /// <summary>Watches until the job is completed.</summary>
    /// <exception cref="JobEndedException">It came to rest in another way.</exception>
    public static async Task<JobStatus> ToCompletionAsync(IJobGrain job, Action<JobEvent> report, CancellationToken cancellation)
    {
        await foreach (var e in job.WatchToRest(cancellation: cancellation)) report(e);
        cancellation.ThrowIfCancellationRequested();
        var status = await job.GetStatus();
        return status.Phase == JobPhase.Completed ? status : throw new JobEndedException(status);
    }
}
