using PgmCluster.Contracts.Jobs;
using PgmCluster.Grains.Logs;

namespace PgmCluster.Grains.Jobs;

/// <summary>Log messages of the job grains.</summary>
internal static partial class JobLog
{
    /// <summary>What a job's lines are about.</summary>
    public static IReadOnlyList<KeyValuePair<string, object?>> About(string id, int attempt, JobProgress progress) =>
        [new("run", id), new("attempt", attempt), .. AboutLogger.StepOf(progress)];

    [LoggerMessage(Level = LogLevel.Information, Message = "{Kind} job {JobId} started: {Summary}")]
    public static partial void Started(ILogger logger, JobKind kind, string jobId, string summary);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Kind} job {JobId} queued again, attempt {Attempt}")]
    public static partial void Restarted(ILogger logger, JobKind kind, string jobId, int attempt);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Kind} job {JobId} is {Phase}: {Reason}")]
    public static partial void AtRest(ILogger logger, JobKind kind, string jobId, JobPhase phase, string? reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Result of work {WorkId} cannot be read")]
    public static partial void UnreadableResult(ILogger logger, Exception exception, string workId);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Job {JobId} could not tell the devices to stop; "
        + "it tries again, and they are refused at their next report")]
    public static partial void HaltFailed(ILogger logger, Exception exception, string jobId);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Job {JobId} could not queue its work; it tries again")]
    public static partial void DriveFailed(ILogger logger, Exception exception, string jobId);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Job {JobId} could not change its catalog entry")]
    public static partial void CatalogueFailed(ILogger logger, Exception exception, string jobId);

    [LoggerMessage(Level = LogLevel.Debug, Message = "Job {JobId} could not ask the scheduler why it waits")]
    public static partial void AskFailed(ILogger logger, Exception exception, string jobId);
}
