namespace PgmCluster.Grains.Scheduling.Rows;

/// <summary>
/// Work in such an order that a plan need not look at all of it: what waits for one device since it was submitted stands in lines with its
/// like. Where the first of a line can do nothing, no other of it can.
/// </summary>
internal sealed class WaitingLines
{
    private readonly Dictionary<Like, SortedSet<ScheduledWork>> _lines = [];
    private readonly SortedSet<ScheduledWork> _others = new(WorkOrder.Instance);

    private readonly record struct Like(int Priority, string User, string? Numerics);

    /// <summary>Work that stands in no line: placed, for several devices, or back in the queue after it had a device.</summary>
    public IReadOnlyCollection<ScheduledWork> Others => _others;

    /// <summary>Each by time of submission.</summary>
    public IReadOnlyCollection<IReadOnlyCollection<ScheduledWork>> Lines => _lines.Values;

    /// <param name="work">Not yet in it.</param>
    /// <param name="isPlaced">It has a lease, of this generation or of an older one that is yet to end.</param>
    public void Add(ScheduledWork work, bool isPlaced)
    {
        if (isPlaced || work.MaxWorkers > 1 || work.MinWorkers > 1 || WaitsAnew(work))
        {
            _others.Add(work);
            return;
        }
        var like = LikeOf(work);
        if (!_lines.TryGetValue(like, out var line)) _lines[like] = line = new(WorkOrder.Instance);
        line.Add(work);
    }

    public void Remove(ScheduledWork work)
    {
        if (_others.Remove(work) || !_lines.TryGetValue(LikeOf(work), out var line)) return;
        line.Remove(work);
        if (line.Count == 0) _lines.Remove(LikeOf(work));
    }

    private static Like LikeOf(ScheduledWork work) => new(work.Priority, work.User, work.Numerics);

    // In a line who was submitted later has waited less, so that the gain of waiting does not change the order.
    private static bool WaitsAnew(ScheduledWork work) => work.Waits != work.SubmittedAt;
}
