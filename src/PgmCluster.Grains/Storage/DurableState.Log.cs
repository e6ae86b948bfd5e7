namespace PgmCluster.Grains.Storage;

internal static partial class DurableStateLog
{
    [LoggerMessage(Level = LogLevel.Error, Message = "Writing the state of {GrainId} failed; the activation ends")]
    public static partial void WriteFailed(ILogger logger, Exception exception, GrainId grainId);

    [LoggerMessage(Level = LogLevel.Error, Message = "Writing the state of {GrainId} failed; the change is undone")]
    public static partial void WriteUndone(ILogger logger, Exception exception, GrainId grainId);
}
