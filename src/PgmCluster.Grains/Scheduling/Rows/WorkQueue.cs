using PgmCluster.Grains.Metering;

namespace PgmCluster.Grains.Scheduling.Rows;

/// <summary>The scheduler's queue and leases in memory, by all that they are looked for by, with what is yet to be stored of them.</summary>
internal sealed class WorkQueue
{
    private readonly TrackedRows<string, ScheduledWork> _work;
    private readonly TrackedRows<(string Worker, long Number), DeviceLease> _leases;
    private readonly TrackedRows<(string Worker, long Number), LeaseLoss> _losses;
    private readonly TrackedRows<string, DeviceReservation> _reservations = new(r => r.Worker);
    private readonly TrackedRows<string, UserUsage> _usage = new(u => u.User);
    private readonly SortedSet<ScheduledWork> _inOrder = new(WorkOrder.Instance);
    private readonly WaitingLines _lines = new();
    private readonly Dictionary<string, List<DeviceLease>> _leasesOf = [];
    private readonly Dictionary<string, List<DeviceLease>> _leasesOn = [];
    private readonly Dictionary<string, List<LeaseLoss>> _lossesOf = [];

    /// <summary>Of work that is yet to be stored. What is stored is not kept: it is read when a device is given it.</summary>
    private readonly Dictionary<string, string> _documents = [];
    private long _version;
    private long _storedLastLease;
    private long _lastNumber;

    public WorkQueue(SchedulerContent content)
    {
        _work = new(w => w.WorkId, WorkReplaced);
        _leases = new(l => (l.Worker, l.Number), LeaseReplaced);
        _losses = new(l => (l.Worker, l.Number), LossReplaced);
        _work.Load(content.Work);
        _leases.Load(content.Leases);
        _losses.Load(content.Losses);
        _reservations.Load(content.Reservations);
        _usage.Load(content.Usage);
        _version = content.Version;
        LastLease = _storedLastLease = content.LastLease;
        _lastNumber = content.Work.Select(w => w.Number).DefaultIfEmpty(0).Max();
    }

    /// <summary>Waiting and running work by time of submission.</summary>
    public IReadOnlyCollection<ScheduledWork> Work => _inOrder;

    /// <summary>What a plan looks at one by one.</summary>
    public IReadOnlyCollection<ScheduledWork> Singly =>
        [.. _lines.Others.Concat(Reservations.Select(r => Find(r.WorkId)).OfType<ScheduledWork>()).Distinct()];

    /// <summary>What waits with its like.</summary>
    public IReadOnlyCollection<IReadOnlyCollection<ScheduledWork>> Lines => _lines.Lines;

    /// <summary>What waits by user; who gave no name is there always.</summary>
    public IReadOnlyList<WaitingOfUser> Waiting(DateTimeOffset now)
    {
        var users = new Dictionary<string, (int Count, DateTimeOffset Since)> { [""] = (0, now) };
        void Count(string user, int count, DateTimeOffset since)
        {
            var known = users.GetValueOrDefault(user, (0, now));
            users[user] = (known.Item1 + count, known.Item2 < since ? known.Item2 : since);
        }

        foreach (var line in _lines.Lines) Count(line.First().User, line.Count, line.First().Waits);
        foreach (var work in _lines.Others.Where(w => !LeasesOf(w).Any())) Count(work.User, 1, work.Waits);
        return [.. users.Select(u => new WaitingOfUser(u.Key, u.Value.Count, now - u.Value.Since))];
    }

    public IReadOnlyCollection<DeviceLease> Leases => _leases.All;

    /// <summary>Lost leases of whose loss the owners do not know yet.</summary>
    public IReadOnlyCollection<LeaseLoss> Losses => _losses.All;

    public IReadOnlyCollection<DeviceReservation> Reservations => _reservations.All;

    public IReadOnlyCollection<UserUsage> Usage => _usage.All;

    /// <summary>Leases given so far.</summary>
    public long LastLease { get; private set; }

    /// <summary>It differs from what is stored.</summary>
    public bool HasChanged =>
        _work.HaveChanged || _leases.HaveChanged || _losses.HaveChanged || _reservations.HaveChanged || _usage.HaveChanged;

    public ScheduledWork? Find(string workId) => _work.Find(workId);

    /// <summary>The work that a lease is of; null where it is not queued any more.</summary>
    public ScheduledWork? WorkOf(DeviceLease lease) =>
        Find(lease.WorkId) is { } work && work.Generation == lease.Generation ? work : null;

    /// <summary>Leases of work of any generation.</summary>
    public IReadOnlyList<DeviceLease> LeasesOf(string workId) => _leasesOf.TryGetValue(workId, out var leases) ? [.. leases] : [];

    /// <summary>Leases of this generation of work.</summary>
    public IEnumerable<DeviceLease> LeasesOf(ScheduledWork work) =>
        LeasesOf(work.WorkId).Where(l => l.Generation == work.Generation);

    public DeviceLease? LeaseOn(string worker) => _leasesOn.TryGetValue(worker, out var leases) ? leases[0] : null;

    public IReadOnlyList<DeviceLease> LeasesOn(string worker) => _leasesOn.TryGetValue(worker, out var leases) ? [.. leases] : [];

    public DeviceLease? LeaseOf(string worker, long number) => _leases.Find((worker, number));

    /// <summary>Losses of leases of work, of any generation.</summary>
    public IReadOnlyList<LeaseLoss> LossesOf(string workId) => _lossesOf.TryGetValue(workId, out var losses) ? [.. losses] : [];

    /// <summary>Queues work in place of what it has of another generation.</summary>
    /// <param name="work">A number of 0 puts it behind what was submitted at the same time.</param>
    /// <param name="document">The work item as JSON.</param>
    public void Put(ScheduledWork work, string document)
    {
        _work.Put(work.Number > 0 ? work : work with { Number = ++_lastNumber });
        _documents[work.WorkId] = document;
    }

    public void Remove(ScheduledWork work) => _work.Remove(work.WorkId);

    public long NextLease() => ++LastLease;

    public void Put(DeviceLease lease) => _leases.Put(lease);

    public void Remove(DeviceLease lease) => _leases.Remove((lease.Worker, lease.Number));

    public void Put(LeaseLoss loss) => _losses.Put(loss);

    public void Remove(LeaseLoss loss) => _losses.Remove((loss.Worker, loss.Number));

    public void Put(UserUsage usage) => _usage.Put(usage);

    public void Remove(UserUsage usage) => _usage.Remove(usage.User);

    public UserUsage? UsageOf(string user) => _usage.Find(user);

    /// <summary>What is held back from now on.</summary>
    public void Reserve(IReadOnlyCollection<DeviceReservation> reservations)
    {
        var workers = reservations.Select(r => r.Worker).ToHashSet();
        foreach (var over in Reservations.Where(r => !workers.Contains(r.Worker)).ToList()) _reservations.Remove(over.Worker);
        foreach (var reservation in reservations) _reservations.Put(reservation);
    }

    /// <summary>What is yet to be stored.</summary>
    public SchedulerChange Change()
    {
        var work = _work.Changes();
        return new SchedulerChange
        {
            Version = _version,
            LastLease = LastLease,
            Work = work,
            Documents = work.Put.ToDictionary(w => w.WorkId, w => _documents[w.WorkId]),
            Leases = _leases.Changes(),
            Losses = _losses.Changes(),
            Reservations = _reservations.Changes(),
            Usage = _usage.Changes(),
        };
    }

    /// <summary>The change is stored.</summary>
    /// <param name="version">What the store made of it.</param>
    public void Stored(long version)
    {
        (_version, _storedLastLease) = (version, LastLease);
        _work.Accept();
        _leases.Accept();
        _losses.Accept();
        _reservations.Accept();
        _usage.Accept();
        _documents.Clear();
    }

    /// <summary>Back to what is stored.</summary>
    public void Undo()
    {
        LastLease = _storedLastLease;
        _work.Undo();
        _leases.Undo();
        _losses.Undo();
        _reservations.Undo();
        _usage.Undo();
        _documents.Clear();
    }

    private void WorkReplaced(ScheduledWork? before, ScheduledWork? after)
    {
        if (before is not null)
        {
            _inOrder.Remove(before);
            _lines.Remove(before);
        }
        if (after is null) return;
        _inOrder.Add(after);
        _lines.Add(after, LeasesOf(after.WorkId).Count > 0);
    }

    private void LeaseReplaced(DeviceLease? before, DeviceLease? after)
    {
        if (before is not null)
        {
            Remove(_leasesOf, before.WorkId, before);
            Remove(_leasesOn, before.Worker, before);
            Line(before.WorkId);
        }
        if (after is null) return;
        Add(_leasesOf, after.WorkId, after);
        Add(_leasesOn, after.Worker, after);
        Line(after.WorkId);
    }

    private void LossReplaced(LeaseLoss? before, LeaseLoss? after)
    {
        if (before is not null) Remove(_lossesOf, before.WorkId, before);
        if (after is not null) Add(_lossesOf, after.WorkId, after);
    }

    private static void Add<T>(Dictionary<string, List<T>> index, string key, T row)
    {
        if (!index.TryGetValue(key, out var rows)) index[key] = rows = [];
        rows.Add(row);
    }

    private static void Remove<T>(Dictionary<string, List<T>> index, string key, T row)
    {
        if (!index.TryGetValue(key, out var rows)) return;
        rows.Remove(row);
        if (rows.Count == 0) index.Remove(key);
    }

    private void Line(string workId)
    {
        if (Find(workId) is not { } work) return;
        _lines.Remove(work);
        _lines.Add(work, LeasesOf(workId).Count > 0);
    }
}
