namespace PgmCluster.Grains.Scheduling.Rows;

/// <summary>By time of submission; a total order of different work.</summary>
internal sealed class WorkOrder : IComparer<ScheduledWork>
{
    public static WorkOrder Instance { get; } = new();

    public int Compare(ScheduledWork? x, ScheduledWork? y)
    {
        if (ReferenceEquals(x, y)) return 0;
        if (x is null || y is null) return x is null ? -1 : 1;
        var submitted = x.SubmittedAt.CompareTo(y.SubmittedAt);
        if (submitted != 0) return submitted;
        return x.Number != y.Number ? x.Number.CompareTo(y.Number) : string.CompareOrdinal(x.WorkId, y.WorkId);
    }
}
