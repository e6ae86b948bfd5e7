namespace PgmCluster.Grains.Scheduling;

internal static partial class SchedulerLog
{
    [LoggerMessage(Level = LogLevel.Information, Message = "Worker {Worker} is busy and did not take work {WorkId}")]
    public static partial void Refused(ILogger logger, string worker, string workId);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Work {WorkId} generation {Generation} was lost with worker {Worker}")]
    public static partial void Lost(ILogger logger, string workId, long generation, string worker);

    [LoggerMessage(Level = LogLevel.Error, Message = "Writing the queue failed; the change is undone")]
    public static partial void WriteUndone(ILogger logger, Exception exception);

    [LoggerMessage(Level = LogLevel.Information, Message = "The queue of {Work} works and {Leases} leases was moved into rows")]
    public static partial void Moved(ILogger logger, int work, int leases);

    [LoggerMessage(Level = LogLevel.Information, Message = "Work {WorkId} makes room on worker {Worker} for {Preemptor} of higher "
        + "priority")]
    public static partial void Preempted(ILogger logger, string workId, string worker, string preemptor);

    [LoggerMessage(Level = LogLevel.Warning, Message = "What was heard of devices could not be acted on; it comes up again by itself")]
    public static partial void NewsFailed(ILogger logger, Exception exception);
}
