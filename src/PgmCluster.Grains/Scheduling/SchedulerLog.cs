namespace PgmCluster.Grains.Scheduling;

internal static partial class SchedulerLog
{
    [LoggerMessage(Level = LogLevel.Information, Message = "Worker {Worker} is busy and did not take work {WorkId}")]
    public static partial void Refused(ILogger logger, string worker, string workId);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Work {WorkId} generation {Generation} was lost with worker {Worker}")]
    public static partial void Lost(ILogger logger, string workId, long generation, string worker);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Worker {Worker} does not answer")]
    public static partial void Unreachable(ILogger logger, Exception exception, string worker);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The document of work {WorkId} could not be read; its device is told later")]
    public static partial void DocumentUnreadable(ILogger logger, Exception exception, string workId);

    [LoggerMessage(Level = LogLevel.Error, Message = "Writing the queue failed; the change is undone")]
    public static partial void WriteUndone(ILogger logger, Exception exception);

    [LoggerMessage(Level = LogLevel.Information, Message = "The queue of {Work} works and {Leases} leases was moved into rows")]
    public static partial void Moved(ILogger logger, int work, int leases);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The owner of lost work {WorkId} does not answer, attempt {Attempt}")]
    public static partial void OwnerUnreachable(ILogger logger, Exception exception, string workId, int attempt);

    [LoggerMessage(Level = LogLevel.Information, Message = "Work {WorkId} makes room on worker {Worker} for {Preemptor} of higher "
        + "priority")]
    public static partial void Preempted(ILogger logger, string workId, string worker, string preemptor);

    [LoggerMessage(Level = LogLevel.Warning, Message = "What devices announced could not be acted on; "
        + "trying again with their next announcement")]
    public static partial void NewsFailed(ILogger logger, Exception exception);
}
