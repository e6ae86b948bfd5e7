namespace PgmCluster.Grains.Hosting;

internal sealed partial class GrainErrorFilter
{
    [LoggerMessage(Level = LogLevel.Error, Message = "{Interface}.{Method} of {GrainId} failed unexpectedly")]
    private partial void LogUnexpected(Exception exception, string @interface, string method, GrainId grainId);
}
