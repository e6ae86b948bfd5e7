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
}
