using PgmCluster.Contracts.Devices;

namespace PgmCluster.Cli.Sessions;

/// <summary>The devices of the cluster.</summary>
internal static class DeviceLists
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    /// <summary>Asks the scheduler; of a silo that has just started it waits for the devices to announce themselves.</summary>
    public static async Task<IReadOnlyList<DeviceInfo>> ReadAsync(IClusterSession session, bool expectAny, CancellationToken cancellation)
    {
        var scheduler = session.Get<IDeviceSchedulerGrain>("default");
        var until = DateTime.UtcNow + Patience;
        while (true)
        {
            var devices = await scheduler.GetDevices();
            if (devices.Count > 0 || !expectAny || !session.IsEmbedded || DateTime.UtcNow > until) return devices;
            await Task.Delay(Interval, cancellation);
        }
    }
}
