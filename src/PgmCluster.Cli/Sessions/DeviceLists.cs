using System.Diagnostics;
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
        var scheduler = session.Get<IDevicesGrain>("default");
        var asked = Stopwatch.GetTimestamp();
        while (true)
        {
            var devices = await scheduler.GetDevices();
            if (devices.Count > 0 || !expectAny || !session.IsEmbedded || Stopwatch.GetElapsedTime(asked) > Patience) return devices;
            await Task.Delay(Interval, cancellation);
        }
    }

    /// <summary>
    /// As <see cref="ReadAsync"/>, of a silo that is here to stay. The scheduler may be moving from a silo that has died and is not yet
    /// known to have: a call to it fails, or ends after half a minute. That is no reason to end.
    /// </summary>
    /// <returns>The devices, or what is in the way of knowing them.</returns>
    public static async Task<(IReadOnlyList<DeviceInfo> Devices, string? Problem)> ReadPatientlyAsync(
        IClusterSession session, bool expectAny, CancellationToken cancellation)
    {
        var asked = Stopwatch.GetTimestamp();
        while (true)
        {
            string problem;
            try
            {
                return (await ReadAsync(session, expectAny, cancellation).WaitAsync(Patience, cancellation), null);
            }
            catch (TimeoutException)
            {
                problem = $"The scheduler has not answered for {Patience.TotalSeconds:0} s.";
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                problem = $"The scheduler could not be asked: {e.Message.ReplaceLineEndings(" ")}";
            }
            if (Stopwatch.GetElapsedTime(asked) > Patience) return ([], problem);
            await Task.Delay(Interval, cancellation);
        }
    }
}
