namespace PgmCluster.Grains.Devices;

public sealed partial class DeviceAnnouncer
{
    [LoggerMessage(Level = LogLevel.Debug, Message = "Announcing the devices failed; trying again")]
    private partial void LogFailed(Exception exception);
}
