using PgmCluster.Grains.Logs;
using PgmCluster.Grains.Protocol;

namespace PgmCluster.Grains.Devices;

internal sealed partial class WorkRun
{
    /// <summary>A logger whose lines say which work they are about, and where it stands.</summary>
    private ILogger About(ILogger logger) => new AboutLogger(logger, () =>
    {
        KeyValuePair<string, object?>[] formation = _gang is { Generation: > 0 } gang ? [new("formation", gang.Generation)] : [];
        return [new("run", Work.WorkId), .. formation, .. AboutLogger.StepOf(Volatile.Read(ref _latest))];
    });

    [LoggerMessage(Level = LogLevel.Information, Message = "Work {WorkId} generation {Generation} starts on {Worker}")]
    private partial void LogStarted(string workId, long generation, string worker);

    [LoggerMessage(Level = LogLevel.Information, Message = "Work {WorkId} generation {Generation} ended: {State}")]
    private partial void LogEnded(string workId, long generation, WorkState state);

    [LoggerMessage(Level = LogLevel.Error, Message = "Work {WorkId} generation {Generation} failed on {Worker}")]
    private partial void LogFailed(Exception exception, string workId, long generation, string worker);

    [LoggerMessage(Level = LogLevel.Information, Message = "Work {WorkId} generation {Generation} is not wanted any more; it stops")]
    private partial void LogRefused(string workId, long generation);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Worker} hangs: work {WorkId} has done nothing for {Duration}, far longer than "
        + "ever before. It goes to another device; this one takes nothing until its thread is back. "
        + "Where that does not happen, restart its silo")]
    private partial void LogHung(string worker, string workId, TimeSpan duration);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Worker} is back from work {WorkId}")]
    private partial void LogReturned(string worker, string workId);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Work {WorkId} on {Worker}: {Line}")]
    private partial void LogWarning(string workId, string worker, string line);
}
