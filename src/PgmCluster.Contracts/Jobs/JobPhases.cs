namespace PgmCluster.Contracts.Jobs;

/// <summary>The legal transitions of <see cref="JobPhase"/>, in one place.</summary>
public static class JobPhases
{
    /// <summary>True where a job in <paramref name="phase"/> will not go on by itself.</summary>
    public static bool IsAtRest(this JobPhase phase) =>
        phase is JobPhase.Completed or JobPhase.Failed or JobPhase.Cancelled or JobPhase.Parked or JobPhase.Paused;

    /// <summary>True where the table at <see cref="JobPhase"/> allows the step; staying is always allowed.</summary>
    public static bool CanBecome(this JobPhase from, JobPhase to) => from == to || (from, to) switch
    {
        (JobPhase.Queued, JobPhase.Running or JobPhase.Paused or JobPhase.Cancelled or JobPhase.Failed) => true,
        (JobPhase.Running,
            JobPhase.Queued or JobPhase.Paused or JobPhase.Completed or JobPhase.Failed or JobPhase.Cancelled or JobPhase.Parked) => true,
        (JobPhase.Paused, JobPhase.Queued or JobPhase.Cancelled) => true,
        (JobPhase.Failed or JobPhase.Cancelled, JobPhase.Queued) => true,
        (JobPhase.Parked, JobPhase.Queued or JobPhase.Cancelled) => true,
        _ => false,
    };
}
