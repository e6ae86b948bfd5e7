namespace PgmCluster.Grains.Storage;

internal static partial class DurableStateLog
{
    [LoggerMessage(Level = LogLevel.Error, Message = "Writing the state of {GrainId} failed; the activation ends")]
    public static partial void WriteFailed(ILogger logger, Exception exception, GrainId grainId);
}
