namespace PgmCluster.Grains.Devices;

public sealed partial class DeviceHost
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "The silo leaves without having heard the end of {Work}; "
        + "it goes on from its last durable state")]
    private partial void LogDrainTimedOut(string work);
}
