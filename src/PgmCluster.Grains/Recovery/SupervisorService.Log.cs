namespace PgmCluster.Grains.Recovery;

public sealed partial class SupervisorService
{
    [LoggerMessage(Level = LogLevel.Debug, Message = "Listing the jobs failed; trying again")]
    private partial void LogListFailed(Exception exception);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Waking job {JobId} failed; trying again")]
    private partial void LogWakeFailed(Exception exception, string jobId);
}
