using PgmCluster.Contracts.Jobs;

namespace PgmCluster.Cli.Errors;

/// <summary>A job that was waited for came to rest without being completed.</summary>
internal sealed class JobEndedException(JobStatus status) : Exception(Describe(status))
{
    public JobStatus Status { get; } = status;

    private static string Describe(JobStatus status)
    {
        var job = $"{status.Kind.ToString().ToLowerInvariant()} '{status.Id}'";
        var reason = string.IsNullOrWhiteSpace(status.Message) ? "" : $": {status.Message.Trim().TrimEnd('.')}";
        return status.Phase switch
        {
            JobPhase.Failed => $"{job} failed{reason}. Once the cause is gone, the same command goes on from the last checkpoint.",
            JobPhase.Cancelled => $"{job} was cancelled{reason}. The same command starts it again.",
            JobPhase.Paused => $"{job} is paused{reason}. 'pgm runs resume {status.Id}' goes on.",
            JobPhase.Parked => $"{job} is parked{reason}. 'pgm runs resume {status.Id}' releases it.",
            _ => $"{job} is {status.Phase.ToString().ToLowerInvariant()}{reason}.",
        };
    }
}
