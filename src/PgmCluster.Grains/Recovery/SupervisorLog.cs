namespace PgmCluster.Grains.Recovery;

internal static partial class SupervisorLog
{
    [LoggerMessage(Level = LogLevel.Debug, Message = "The jobs that are due cannot be told; trying again")]
    public static partial void RoundFailed(ILogger logger, Exception exception);

    [LoggerMessage(Level = LogLevel.Debug, Message = "The supervisor of jobs does not answer; trying again")]
    public static partial void AttendFailed(ILogger logger, Exception exception);

    [LoggerMessage(Level = LogLevel.Information, Message = "Waking job {JobId} failed; trying again")]
    public static partial void WakeFailed(ILogger logger, Exception exception, string jobId);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Job {JobId} could not be woken {Failures} times in succession, and is not tried "
        + "again before a silo starts or somebody asks for it: {Trouble}")]
    public static partial void GivenUp(ILogger logger, string jobId, int failures, string trouble);
}
