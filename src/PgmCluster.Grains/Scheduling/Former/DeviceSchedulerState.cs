using System.Text.Json.Serialization;
using PgmCluster.Contracts.State;
using PgmCluster.Grains.Scheduling.Rows;

namespace PgmCluster.Grains.Scheduling.Former;

/// <summary>The scheduler's state as versions before schema 3 kept it: all in one. It is only read, once.</summary>
[GenerateSerializer, Alias("pgm.DeviceSchedulerState")]
public sealed class DeviceSchedulerState
{
    [Id(0)] public int FormatVersion { get; set; } = 1;

    [Id(1)] public List<FormerWork> Work { get; set; } = [];

    [Id(2)] public List<FormerLease> Leases { get; set; } = [];

    [Id(3)] public List<FormerReservation> Reservations { get; set; } = [];

    [Id(4)] public List<FormerUsage> Usage { get; set; } = [];

    [Id(5)] public long LastLease { get; set; }

    /// <summary>What a newer version has stored here; kept as it is.</summary>
    [JsonExtensionData]
    [field: NonSerialized]
    public UnknownMembers? Unknown { get; set; }

    /// <summary>The same as rows that are yet to be written.</summary>
    public SchedulerChange ToRows() => new()
    {
        Version = 0,
        LastLease = LastLease,
        Work = new([.. Work.Select((work, place) => new ScheduledWork
        {
            WorkId = work.WorkId,
            Generation = work.Generation,
            Kind = work.Kind,
            Owner = work.Owner,
            SubmittedAt = work.SubmittedAt,
            Number = place + 1,
            MinWorkers = work.MinWorkers,
            MaxWorkers = work.MaxWorkers,
            Priority = work.Priority,
            User = work.User,
            Numerics = work.Numerics,
            WaitingSince = work.WaitingSince,
        })], []),
        Documents = Work.ToDictionary(w => w.WorkId, w => w.Document),
        Leases = new([.. Leases.Select(lease =>
        {
            var work = Work.FirstOrDefault(w => w.WorkId == lease.WorkId && w.Generation == lease.Generation);
            return new DeviceLease
            {
                Worker = lease.Worker,
                Number = lease.Number,
                Incarnation = lease.Incarnation,
                WorkId = lease.WorkId,
                Generation = lease.Generation,
                Since = lease.Since,
                Stopping = lease.Stopping,
                User = lease.User,
                GrantedPriority = work?.GrantedPriority ?? 0,
                GrantedAt = work?.GrantedAt ?? default,
            };
        })], []),
        Reservations = new([.. Reservations.Select(r => new DeviceReservation { Worker = r.Worker, WorkId = r.WorkId })], []),
        Usage = new([.. Usage.Select(u => new UserUsage { User = u.User, Seconds = u.Seconds, AsOf = u.AsOf })], []),
    };
}
