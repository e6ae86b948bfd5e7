namespace PgmCluster.Grains.Devices;

internal static partial class DeviceSlotLog
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "Device {Worker} could not announce itself to the scheduler for {Timeout}: "
        + "work {WorkId} stops here, others may have it")]
    public static partial void Fenced(ILogger logger, string worker, string workId, TimeSpan timeout);
}
