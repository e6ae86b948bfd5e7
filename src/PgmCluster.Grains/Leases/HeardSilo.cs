using PgmCluster.Contracts.Devices;

namespace PgmCluster.Grains.Leases;

/// <summary>A silo as the lease grain last heard of it.</summary>
internal sealed class HeardSilo
{
    /// <summary>By the time provider's timestamp.</summary>
    public long At { get; private set; }

    /// <summary>The number of its last heartbeat, among those of all silos.</summary>
    public long Heartbeat { get; private set; }

    /// <summary>The number of the one that last said something new.</summary>
    public long Changed { get; private set; }

    public IReadOnlyList<DeviceInfo> Devices { get; private set; } = [];

    /// <summary>A scheduler of an older version is being told of it.</summary>
    public bool IsForwarded { get; set; }

    /// <returns>Whether it is better known at once: which devices there are, and not what they do, which the scheduler learns from them.
    /// </returns>
    public bool Take(SiloHeartbeat heartbeat, long number, long now)
    {
        IReadOnlyList<DeviceInfo> devices = [.. heartbeat.Devices.Select(d => d with { LastSeen = default })];
        var isUrgent = !Devices.Select(WithoutWork).SequenceEqual(devices.Select(WithoutWork));
        if (Changed == 0 || !Devices.SequenceEqual(devices)) (Devices, Changed) = (devices, number);
        (At, Heartbeat) = (now, number);
        return isUrgent;
    }

    private static DeviceInfo WithoutWork(DeviceInfo device) => device with { Work = null };
}
