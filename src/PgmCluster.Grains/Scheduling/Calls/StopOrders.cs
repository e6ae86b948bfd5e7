using PgmCluster.Grains.Scheduling.Rows;

namespace PgmCluster.Grains.Scheduling.Calls;

/// <summary>Which devices have yet to be told to stop: each once, and again where it has not said after a while that it has.</summary>
/// <param name="again">After how long.</param>
internal sealed class StopOrders(TimeSpan again)
{
    private readonly Dictionary<(string Worker, long Number), DateTimeOffset> _told = [];

    /// <summary>Who is to be told now; taken for told from then on.</summary>
    /// <param name="stopping">All leases whose work is to stop.</param>
    /// <param name="now">By the scheduler's clock.</param>
    public IReadOnlyList<DeviceLease> Due(IEnumerable<DeviceLease> stopping, DateTimeOffset now)
    {
        var (due, present) = (new List<DeviceLease>(), new HashSet<(string, long)>());
        foreach (var lease in stopping)
        {
            present.Add((lease.Worker, lease.Number));
            if (_told.TryGetValue((lease.Worker, lease.Number), out var at) && now - at < again) continue;
            _told[(lease.Worker, lease.Number)] = now;
            due.Add(lease);
        }
        foreach (var over in _told.Keys.Where(k => !present.Contains(k)).ToList()) _told.Remove(over);
        return due;
    }
}
