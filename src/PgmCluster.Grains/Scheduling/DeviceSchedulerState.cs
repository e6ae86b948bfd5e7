using System.Text.Json.Serialization;
using PgmCluster.Contracts.State;

namespace PgmCluster.Grains.Scheduling;

/// <summary>State of the scheduler. Devices are not in it: they announce themselves.</summary>
[GenerateSerializer]
public sealed class DeviceSchedulerState
{
    [Id(0)] public int FormatVersion { get; set; } = 1;

    /// <summary>Waiting and running work by time of submission.</summary>
    [Id(1)] public List<ScheduledWork> Work { get; set; } = [];

    [Id(2)] public List<DeviceLease> Leases { get; set; } = [];

    /// <summary>Devices held back for work that waits.</summary>
    [Id(3)] public List<DeviceReservation> Reservations { get; set; } = [];

    /// <summary>What each user had of the devices lately.</summary>
    [Id(4)] public List<UserUsage> Usage { get; set; } = [];

    /// <summary>Leases given so far.</summary>
    [Id(5)] public long LastLease { get; set; }

    /// <summary>What a newer version has stored here; kept as it is.</summary>
    [JsonExtensionData]
    [field: NonSerialized]
    public UnknownMembers? Unknown { get; set; }

    /// <summary>Times that lie ahead, left by a clock that was ahead, count from now on: nobody waits until they have come.</summary>
    public void NotAfter(DateTimeOffset now)
    {
        DateTimeOffset Least(DateTimeOffset time) => time > now ? now : time;
        foreach (var work in Work)
        {
            (work.SubmittedAt, work.WaitingSince, work.GrantedAt) = (Least(work.SubmittedAt), Least(work.WaitingSince),
                Least(work.GrantedAt));
        }
        foreach (var lease in Leases) lease.Since = Least(lease.Since);
        foreach (var usage in Usage) usage.AsOf = Least(usage.AsOf);
    }

    /// <summary>A copy that shares nothing which changes.</summary>
    public DeviceSchedulerState Copy() => new()
    {
        FormatVersion = FormatVersion,
        Work = [.. Work.Select(w => w.Copy())],
        Leases = [.. Leases.Select(l => l.Copy())],
        Reservations = [.. Reservations.Select(r => r with { })],
        Usage = [.. Usage.Select(u => u.Copy())],
        LastLease = LastLease,
        Unknown = Unknown,
    };
}
