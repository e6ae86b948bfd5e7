using PgmCluster.Grains.Scheduling.Rows;

namespace PgmCluster.Grains.Scheduling;

/// <summary>Which claims of one priority go first.</summary>
internal enum ClaimRank
{
    /// <summary>Gangs at the end of their patience.</summary>
    Overdue,

    /// <summary>What lacks devices that it must have.</summary>
    Waiting,

    /// <summary>Gangs that could use more than they must have.</summary>
    Growing,
}

/// <summary>Claims in the order of their turns, which depends on what the plan has given so far.</summary>
/// <param name="devicesOf">Devices that a user has by now.</param>
/// <param name="usageOf">What a user had of the devices lately.</param>
internal sealed class ClaimQueue(Func<string, int> devicesOf, Func<string, double> usageOf)
{
    private readonly Dictionary<(long Priority, ClaimRank Rank, string User), PriorityQueue<DeviceClaim, DeviceClaim>> _queues = [];

    public void Enqueue(DeviceClaim claim)
    {
        var key = KeyOf(claim);
        if (!_queues.TryGetValue(key, out var queue)) _queues[key] = queue = new(key.Rank == ClaimRank.Overdue ? ByWaiting : BySubmission);
        queue.Enqueue(claim, claim);
    }

    /// <summary>One has its turn before the other, by what the plan has given so far.</summary>
    public bool GoesBefore(DeviceClaim one, DeviceClaim other)
    {
        var order = Compare(KeyOf(one), KeyOf(other));
        return order < 0 || (order == 0 && WorkOrder.Instance.Compare(one.Work, other.Work) < 0);
    }

    /// <summary>Who has its turn now; null where nobody is left.</summary>
    public DeviceClaim? Dequeue()
    {
        var best = default((long Priority, ClaimRank Rank, string User)?);
        foreach (var key in _queues.Keys)
        {
            if (best is not { } present || CompareFirst(key, present) < 0) best = key;
        }
        if (best is not { } chosen) return null;
        var queue = _queues[chosen];
        var claim = queue.Dequeue();
        if (queue.Count == 0) _queues.Remove(chosen);
        return claim;
    }

    private static IComparer<DeviceClaim> BySubmission { get; } =
        Comparer<DeviceClaim>.Create((a, b) => WorkOrder.Instance.Compare(a.Work, b.Work));

    private static IComparer<DeviceClaim> ByWaiting { get; } = Comparer<DeviceClaim>.Create((a, b) =>
        a.WaitingSince != b.WaitingSince ? a.WaitingSince.CompareTo(b.WaitingSince) : WorkOrder.Instance.Compare(a.Work, b.Work));

    private static (long Priority, ClaimRank Rank, string User) KeyOf(DeviceClaim claim)
    {
        var rank = claim.Lacks == 0 ? ClaimRank.Growing : claim.IsOverdue ? ClaimRank.Overdue : ClaimRank.Waiting;
        // What was gained by waiting is gone once the work runs.
        var priority = rank == ClaimRank.Growing ? claim.Work.Priority : claim.Priority;
        return (priority, rank, rank == ClaimRank.Overdue ? "" : claim.User);
    }

    private int CompareFirst((long Priority, ClaimRank Rank, string User) a, (long Priority, ClaimRank Rank, string User) b) =>
        Compare(a, b) is not 0 and var order ? order : WorkOrder.Instance.Compare(_queues[a].Peek().Work, _queues[b].Peek().Work);

    private int Compare((long Priority, ClaimRank Rank, string User) a, (long Priority, ClaimRank Rank, string User) b)
    {
        if (a.Priority != b.Priority) return b.Priority.CompareTo(a.Priority);
        if (a.Rank != b.Rank) return a.Rank.CompareTo(b.Rank);
        return devicesOf(a.User) != devicesOf(b.User)
            ? devicesOf(a.User).CompareTo(devicesOf(b.User))
            : usageOf(a.User).CompareTo(usageOf(b.User));
    }
}
