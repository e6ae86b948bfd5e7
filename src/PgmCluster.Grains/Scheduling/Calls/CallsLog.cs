namespace PgmCluster.Grains.Scheduling.Calls;

internal static partial class CallsLog
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "The document of work {WorkId} could not be read; its device is told later")]
    public static partial void DocumentUnreadable(ILogger logger, Exception exception, string workId);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Worker {Worker} does not answer")]
    public static partial void Unreachable(ILogger logger, Exception exception, string worker);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The owner of lost work {WorkId} does not answer, attempt {Attempt}")]
    public static partial void OwnerUnreachable(ILogger logger, Exception exception, string workId, int attempt);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The scheduler stops while {Calls} of its calls are not answered")]
    public static partial void NotAwaited(ILogger logger, int calls);
}
