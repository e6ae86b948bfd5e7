using PgmCluster.Contracts.Devices;

namespace PgmCluster.Grains.Devices;

internal sealed partial class WorkRun
{
    [LoggerMessage(Level = LogLevel.Information, Message = "Work {WorkId} generation {Generation} starts on {Worker}")]
    private partial void LogStarted(string workId, long generation, string worker);

    [LoggerMessage(Level = LogLevel.Information, Message = "Work {WorkId} generation {Generation} ended: {State}")]
    private partial void LogEnded(string workId, long generation, WorkState state);

    [LoggerMessage(Level = LogLevel.Error, Message = "Work {WorkId} generation {Generation} failed on {Worker}")]
    private partial void LogFailed(Exception exception, string workId, long generation, string worker);

    [LoggerMessage(Level = LogLevel.Information, Message = "Work {WorkId} generation {Generation} is not wanted any more; it stops")]
    private partial void LogRefused(string workId, long generation);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Work {WorkId} on {Worker}: {Line}")]
    private partial void LogWarning(string workId, string worker, string line);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Work {WorkId}: nobody answered who could {Purpose}")]
    private partial void LogUnreachable(Exception exception, string workId, string purpose);
}
