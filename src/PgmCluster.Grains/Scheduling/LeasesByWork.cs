using PgmCluster.Grains.Scheduling.Rows;

namespace PgmCluster.Grains.Scheduling;

/// <summary>Leases by the id of their work.</summary>
internal sealed class LeasesByWork
{
    private readonly Dictionary<string, List<DeviceLease>> _leases = [];

    public LeasesByWork(IEnumerable<DeviceLease> leases)
    {
        foreach (var lease in leases)
        {
            if (!_leases.TryGetValue(lease.WorkId, out var present)) _leases[lease.WorkId] = present = [];
            present.Add(lease);
        }
    }

    public IReadOnlyCollection<DeviceLease> this[string workId] => _leases.TryGetValue(workId, out var leases) ? leases : [];
}
