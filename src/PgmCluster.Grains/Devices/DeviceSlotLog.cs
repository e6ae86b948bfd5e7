namespace PgmCluster.Grains.Devices;

internal static partial class DeviceSlotLog
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "Nobody renewed the lease of device {Worker} for {Timeout}: "
        + "work {WorkId} stops here, others may have it")]
    public static partial void Fenced(ILogger logger, string worker, string workId, TimeSpan timeout);
}
