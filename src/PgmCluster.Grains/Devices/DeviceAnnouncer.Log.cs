namespace PgmCluster.Grains.Devices;

internal sealed partial class DeviceAnnouncer
{
    [LoggerMessage(Level = LogLevel.Debug, Message = "A heartbeat was not answered; trying again")]
    private partial void LogFailed(Exception exception);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The devices' leases do not go on: {Refusal}")]
    private partial void LogRefused(string refusal);
}
