using PgmCluster.Contracts.Devices;
using PgmCluster.Grains.Protocol;

namespace PgmCluster.Grains.Training;

/// <summary>
/// The devices of the cluster for what is specified here: who submits a thousand runs does not ask for them a thousand times.
/// </summary>
/// <param name="grains">Finds the scheduler.</param>
/// <param name="time">Tells how old an answer is.</param>
internal sealed class KnownDevices(IGrainFactory grains, TimeProvider time)
{
    /// <summary>The scheduler itself knows of a device what it said in its last heartbeat, which may be older.</summary>
    public static readonly TimeSpan GoodFor = TimeSpan.FromSeconds(1);

    private Answer? _last;

    /// <summary>As the scheduler knew them a moment ago. That it knew of none is not kept.</summary>
    public async Task<IReadOnlyList<DeviceInfo>> Ask()
    {
        if (Volatile.Read(ref _last) is { } last && time.GetElapsedTime(last.At) < GoodFor) return last.Devices;
        var at = time.GetTimestamp();
        var devices = await grains.GetGrain<IDeviceSchedulerGrain>("default").GetDevices();
        Volatile.Write(ref _last, devices.Count > 0 ? new Answer(devices, at) : null);
        return devices;
    }

    private sealed record Answer(IReadOnlyList<DeviceInfo> Devices, long At);
}
