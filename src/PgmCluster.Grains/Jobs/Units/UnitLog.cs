namespace PgmCluster.Grains.Jobs.Units;

/// <summary>Log messages about pieces of work.</summary>
internal static partial class UnitLog
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "Work {WorkId} generation {Generation} failed on {Worker} at {Reached}: {Error}")]
    public static partial void Faulted(ILogger logger, string workId, long generation, string? worker, long reached, string error);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Work {WorkId} was lost under generation {Generation} ({Losses} losses without "
        + "progress)")]
    public static partial void Lost(ILogger logger, string workId, long generation, int losses);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Work {WorkId} could not be queued; its job tries again")]
    public static partial void SubmitFailed(ILogger logger, Exception exception, string workId);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Work {WorkId} could not be told that it is not wanted; "
        + "it is taken out of the queue without")]
    public static partial void HaltFailed(ILogger logger, Exception exception, string workId);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Work {WorkId} could not tell its job, attempt {Attempt}")]
    public static partial void TellFailed(ILogger logger, Exception exception, string workId, int attempt);
}
