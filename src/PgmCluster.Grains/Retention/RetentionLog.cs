namespace PgmCluster.Grains.Retention;

internal static partial class RetentionLog
{
    [LoggerMessage(Level = LogLevel.Information, Message = "{Count} jobs were deleted by the rules of retention")]
    public static partial void Deleted(ILogger logger, int count);

    [LoggerMessage(Level = LogLevel.Information, Message = "The deletion of job {JobId}, which was cut off, is done")]
    public static partial void Finished(ILogger logger, string jobId);

    [LoggerMessage(Level = LogLevel.Debug, Message = "Job {JobId} stays: {Reason}")]
    public static partial void Stays(ILogger logger, string jobId, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Job {JobId} could not be deleted; going on with the others")]
    public static partial void DeletionFailed(ILogger logger, Exception exception, string jobId);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Count} artifacts that nothing refers to were deleted: {Bytes} bytes")]
    public static partial void Collected(ILogger logger, int count, long bytes);

    [LoggerMessage(Level = LogLevel.Debug, Message = "Who applies the rules of retention does not answer; trying again")]
    public static partial void AttendFailed(ILogger logger, Exception exception);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The rules of retention could not be applied; trying again")]
    public static partial void RoundFailed(ILogger logger, Exception exception);
}
