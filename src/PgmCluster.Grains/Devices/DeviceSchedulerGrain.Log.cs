namespace PgmCluster.Grains.Devices;

public sealed partial class DeviceSchedulerGrain
{
    [LoggerMessage(Level = LogLevel.Information, Message = "Worker {Worker} is busy and did not take work {WorkId}")]
    private partial void LogRefused(string worker, string workId);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Work {WorkId} generation {Generation} was lost with worker {Worker}")]
    private partial void LogLost(string workId, long generation, string worker);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Worker {Worker} does not answer")]
    private partial void LogUnreachable(Exception exception, string worker);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The owner of lost work {WorkId} does not answer, attempt {Attempt}")]
    private partial void LogOwnerUnreachable(Exception exception, string workId, int attempt);

    [LoggerMessage(Level = LogLevel.Information, Message = "Work {WorkId} makes room on worker {Worker} for {Preemptor} of higher priority")]
    private partial void LogPreempted(string workId, string worker, string preemptor);

    [LoggerMessage(Level = LogLevel.Warning, Message = "What devices announced could not be acted on; trying again with their next announcement")]
    private partial void LogNewsFailed(Exception exception);
}
