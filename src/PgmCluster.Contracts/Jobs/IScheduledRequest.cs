namespace PgmCluster.Contracts.Jobs;

/// <summary>A request whose work the scheduler queues.</summary>
public interface IScheduledRequest
{
    /// <summary>How it is queued; null for priority 0 and no user.</summary>
    Scheduling? Scheduling { get; }
}
