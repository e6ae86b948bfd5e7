using PgmCluster.Grains.Devices;
using PgmCluster.Grains.Options;
using PgmCluster.Grains.Scheduling;
using PgmCluster.Grains.Scheduling.Rows;

namespace PgmCluster.Grains.Tests.Scheduling;

/// <summary>Devices and work without Orleans: does what plans say, and fails where a plan breaks a rule.</summary>
internal sealed class SimulatedCluster
{
    private SchedulingPolicy _policy = new();
    private int _submitted;
    private readonly SortedDictionary<string, string> _devices = new(StringComparer.Ordinal);

    public static DateTimeOffset Epoch { get; } = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public DateTimeOffset Now { get; private set; } = Epoch;

    public List<ScheduledWork> Work { get; } = [];

    public List<DeviceLease> Leases { get; } = [];

    public List<DeviceReservation> Reservations { get; private set; } = [];

    public IEnumerable<string> Devices => _devices.Keys;

    /// <summary>Work that was preempted as a whole, so often.</summary>
    public int Preemptions { get; private set; }

    public static SimulatedCluster With(int devices, string numerics = "x")
    {
        var cluster = new SimulatedCluster();
        for (var i = 0; i < devices; i++) cluster.Add($"w{i:00}", numerics);
        return cluster;
    }

    /// <summary>What users may have from now on.</summary>
    public void Limit(string quotas) => _policy = _policy with { Quotas = UserQuotas.Parse(quotas, out _) };

    public void Add(string worker, string numerics = "x") => _devices[worker] = numerics;

    /// <summary>The device is gone, and so is what it did there.</summary>
    public void Remove(string worker)
    {
        _devices.Remove(worker);
        foreach (var lease in Leases.Where(l => l.Worker == worker).ToList()) End(lease);
    }

    public void Pass(TimeSpan time) => Now += time;

    public ScheduledWork Submit(string id, int min = 1, int? max = null, int priority = 0, string user = "", string? numerics = null)
    {
        var work = new ScheduledWork
        {
            WorkId = id,
            Number = ++_submitted,
            Generation = 1,
            MinWorkers = min,
            MaxWorkers = max ?? min,
            Priority = priority,
            User = user,
            Numerics = numerics,
            SubmittedAt = Now,
            WaitingSince = Now,
        };
        Work.Add(work);
        return work;
    }

    public IReadOnlyList<DeviceLease> LeasesOf(string id) => [.. Leases.Where(l => l.WorkId == id && !l.Stopping)];

    public int Has(string id) => LeasesOf(id).Count;

    /// <summary>The work is done, and its devices are free.</summary>
    public void Finish(string id)
    {
        Leases.RemoveAll(l => l.WorkId == id);
        Work.RemoveAll(w => w.WorkId == id);
    }

    /// <summary>One lease ends: the work goes on with the rest, or begins again under its next generation.</summary>
    public void End(DeviceLease lease)
    {
        Leases.Remove(lease);
        var index = Work.FindIndex(w => w.WorkId == lease.WorkId);
        if (index < 0 || Leases.Any(l => l.WorkId == lease.WorkId)) return;
        Work[index] = Work[index] with { Generation = Work[index].Generation + 1, WaitingSince = Now };
    }

    /// <summary>Its owner has withdrawn it and submits it anew, while its devices are yet to end what they were told to stop.</summary>
    public void SubmitAgain(string id, bool afterOlder = true)
    {
        foreach (var lease in LeasesOf(id)) Leases[Leases.IndexOf(lease)] = lease with { Stopping = true };
        var index = Work.FindIndex(w => w.WorkId == id);
        Work[index] = Work[index] with { Generation = Work[index].Generation + 1, AfterOlder = afterOlder, WaitingSince = Now };
    }

    /// <summary>Whatever was told to stop has stopped.</summary>
    public void Settle()
    {
        foreach (var lease in Leases.Where(l => l.Stopping).ToList()) End(lease);
    }

    public PlacementPlan Look(bool explain = false) => PlacementPlanner.Plan(View(singly: explain), _policy, explain);

    public string Reason(string id) => Look(explain: true).Reasons[id];

    /// <summary>Plans and does it until nothing is left to do.</summary>
    public void Run()
    {
        for (var round = 0; ; round++)
        {
            Assert.True(round < 50, "The plans never come to rest.");
            if (Step()) continue;
            RequireNothingFits();
            return;
        }
    }

    /// <param name="mirrored">All in another order.</param>
    /// <param name="singly">All work is looked at one by one.</param>
    private SchedulingView View(bool mirrored = false, bool singly = false)
    {
        var queue = new WorkQueue(new SchedulerContent { Work = Work, Leases = Leases, Reservations = Reservations });
        return new()
        {
            Now = Now,
            Devices = [.. Mirror(_devices.Select(d => new PlannedDevice(d.Key, d.Value, true)), mirrored)],
            Work = [.. Mirror(singly ? Work : queue.Singly, mirrored)],
            Lines = singly ? [] : [.. Mirror(queue.Lines, mirrored)],
            Leases = [.. Mirror(Leases, mirrored)],
            Reservations = [.. Mirror(Reservations, mirrored)],
        };
    }

    private static IEnumerable<T> Mirror<T>(IEnumerable<T> items, bool mirrored) => mirrored ? items.Reverse() : items;

    private bool Step()
    {
        var plan = Look();
        RequireDeterminism(plan);
        RequireThatLinesMakeNoDifference(plan);
        RequireLegalPlacements(plan);
        RequireLegalStops(plan);
        RequireOrder(plan);
        foreach (var preemption in plan.Preemptions)
            Leases[Leases.IndexOf(preemption.Lease)] = preemption.Lease with { Stopping = true };
        Preemptions += plan.Preemptions.Select(p => p.Lease.WorkId).Distinct().Count(id => Has(id) == 0);
        foreach (var placement in plan.Placements)
        {
            var first = Leases.FirstOrDefault(l => l.WorkId == placement.Work.WorkId);
            Leases.Add(
                new DeviceLease
                {
                    Worker = placement.Worker,
                    WorkId = placement.Work.WorkId,
                    Generation = placement.Work.Generation,
                    Since = Now,
                    User = placement.Work.User,
                    GrantedPriority = first?.GrantedPriority ?? placement.Priority,
                    GrantedAt = first?.GrantedAt ?? Now,
                });
        }
        var changed = plan.Placements.Count > 0 || plan.Preemptions.Count > 0 || !plan.Reservations.SequenceEqual(Reservations);
        Reservations = [.. plan.Reservations];
        return changed;
    }

    private void RequireDeterminism(PlacementPlan plan)
    {
        var again = PlacementPlanner.Plan(View(mirrored: true), _policy);
        Assert.Equal(plan.Placements, again.Placements);
        Assert.Equal(plan.Preemptions, again.Preemptions);
        Assert.Equal(plan.Reservations, again.Reservations);
    }

    /// <summary>What a plan leaves unseen of lines makes no difference.</summary>
    private void RequireThatLinesMakeNoDifference(PlacementPlan plan)
    {
        var whole = PlacementPlanner.Plan(View(singly: true), _policy);
        Assert.Equal(whole.Placements, plan.Placements);
        Assert.Equal(whole.Preemptions, plan.Preemptions);
        Assert.Equal(whole.Reservations, plan.Reservations);
    }

    private void RequireLegalPlacements(PlacementPlan plan)
    {
        var taken = Leases.Select(l => l.Worker).ToHashSet();
        foreach (var placement in plan.Placements)
        {
            Assert.True(taken.Add(placement.Worker), $"{placement.Worker} is given twice.");
            Assert.True(
                placement.Work.Numerics is null || placement.Work.Numerics == _devices[placement.Worker],
                $"{placement.Work.WorkId} got other numerics.");
        }
        foreach (var given in plan.Placements.GroupBy(p => p.Work))
        {
            var had = Leases.Count(l => l.WorkId == given.Key.WorkId);
            if (had == 0)
                Assert.True(
                    given.Count() >= given.Key.MinWorkers,
                    $"{given.Key.WorkId} is started with {given.Count()} of {given.Key.MinWorkers}.");
            Assert.True(Has(given.Key.WorkId) + given.Count() <= given.Key.MaxWorkers, $"{given.Key.WorkId} has too many.");
            var (has, most) = (Has(given.Key, plan), _policy.Quotas.Of(given.Key.User).Devices ?? int.MaxValue);
            Assert.True(has <= most, $"user {given.Key.User} has {has} devices of at most {most}.");
        }
    }

    private void RequireLegalStops(PlacementPlan plan)
    {
        foreach (var (lease, preemptor) in plan.Preemptions)
        {
            Assert.False(lease.Stopping);
            Assert.True(
                Work.Single(w => w.WorkId == preemptor).Priority > Work.Single(w => w.WorkId == lease.WorkId).Priority,
                $"{lease.WorkId} makes room for {preemptor} of no higher priority.");
        }
        // Nothing is stopped in vain: who waits for it will have all that it needs.
        foreach (var wanted in plan.Preemptions.Select(p => p.For).Distinct().Where(id => !Leases.Any(l => l.WorkId == id)))
        {
            var held = plan.Reservations.Count(r => r.WorkId == wanted);
            Assert.True(
                held >= Work.Single(w => w.WorkId == wanted).MinWorkers, $"{wanted} took devices that are not enough for it: {held}.");
        }
    }

    /// <summary>Nothing is started in front of waiting work of a higher priority that fits.</summary>
    private void RequireOrder(PlacementPlan plan)
    {
        var leased = Leases.Select(l => l.Worker).ToHashSet();
        var reserved = Reservations.Concat(plan.Reservations).ToLookup(r => r.Worker, r => r.WorkId);
        foreach (var waiting in Work.Where(w => !Leases.Any(l => l.WorkId == w.WorkId) && !plan.Placements.Any(p => p.Work == w)))
        {
            if (Has(waiting, plan) + waiting.MinWorkers > _policy.Quotas.Of(waiting.User).Devices) continue;
            var better = plan.Placements.Where(p => p.Priority >= Priority(waiting)).Select(p => p.Worker).ToHashSet();
            var could = _devices.Count(d => !leased.Contains(d.Key) && !better.Contains(d.Key)
                && (waiting.Numerics is null || waiting.Numerics == d.Value)
                && reserved[d.Key].All(id => id == waiting.WorkId));
            Assert.True(could < waiting.MinWorkers, $"{waiting.WorkId} fits on {could} devices and was passed by lower work.");
        }
    }

    private void RequireNothingFits()
    {
        var plan = Look();
        Assert.Empty(plan.Placements);
        var leased = Leases.Select(l => l.Worker).ToHashSet();
        foreach (var waiting in Work.Where(w => !Leases.Any(l => l.WorkId == w.WorkId)))
        {
            if (Has(waiting, plan) + waiting.MinWorkers > _policy.Quotas.Of(waiting.User).Devices) continue;
            var free = _devices.Count(d => !leased.Contains(d.Key) && (waiting.Numerics is null || waiting.Numerics == d.Value)
                && Reservations.All(r => r.Worker != d.Key || r.WorkId == waiting.WorkId));
            Assert.True(free < waiting.MinWorkers, $"{waiting.WorkId} waits though {free} devices are free for it.");
        }
    }

    /// <summary>Devices of the user for whom a piece of work is done, with those that a plan gives.</summary>
    private int Has(ScheduledWork work, PlacementPlan plan) =>
        Leases.Count(l => l.User == work.User && !l.Stopping) + plan.Placements.Count(p => p.Work.User == work.User);

    private long Priority(ScheduledWork work) => work.Priority + ((Now - work.WaitingSince).Ticks / _policy.AgingStep.Ticks);
}
