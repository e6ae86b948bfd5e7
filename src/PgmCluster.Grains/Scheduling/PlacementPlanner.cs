using PgmCluster.Grains.Scheduling.Rows;

namespace PgmCluster.Grains.Scheduling;

/// <summary>
/// Decides who gets which device. A pure function: the same view gives the same plan. The order of claims: higher priority (own, plus a
/// step for every <see cref="SchedulingPolicy.AgingStep"/> of waiting), then gangs at the end of their patience, then waiting work and
/// gangs below their minimum, then gangs that could grow; among equals the user with fewer devices, then with less recent use, then the
/// earlier submission. What cannot be placed lets later work pass, unless its patience is over; what its user's quota forbids, always.
/// Priority proper takes devices away: first those above a gang's minimum, then whole work; equal priority never does.
/// </summary>
public sealed class PlacementPlanner
{
    private readonly SchedulingView _view;
    private readonly List<DeviceSeat> _seats;
    /// <summary>Those of them that are free, in their order.</summary>
    private readonly List<DeviceSeat> _free;
    private readonly Dictionary<string, DeviceSeat> _seatOf;
    private readonly List<DeviceClaim> _claims = [];
    private readonly UserDevices _users;
    private readonly ClaimQueue _queue;
    private readonly List<DeviceClaim> _blocked = [];

    /// <summary>Lines whose first can do nothing at present.</summary>
    private readonly List<IEnumerator<ScheduledWork>> _idle = [];
    private readonly List<Placement> _placements = [];
    private readonly List<Preemption> _preemptions = [];
    private readonly PlanReasons _reasons;
    private readonly int _lowestRunning;
    private readonly SchedulingPolicy _policy;
    private readonly HashSet<string> _alone;

    /// <summary>Devices that were given, held or taken away so far.</summary>
    private int _effects;
    private bool _isAnyComing;

    private PlacementPlanner(SchedulingView view, SchedulingPolicy policy, bool explain)
    {
        (_view, _policy) = (view, policy);
        var on = view.Leases.GroupBy(l => l.Worker).ToDictionary(g => g.Key, g => g.First());
        _users = new UserDevices(view.Leases, policy.Quotas);
        _queue = new ClaimQueue(_users.Of, user => view.Usage.GetValueOrDefault(user));
        var devices = view.Devices.OrderBy(d => d.Worker, StringComparer.Ordinal);
        _seats = [.. devices.Select(d => new DeviceSeat(d, on.GetValueOrDefault(d.Worker)))];
        _seatOf = _seats.ToDictionary(s => s.Worker);
        _free = [.. _seats.Where(s => s.IsFree)];
        _isAnyComing = _seats.Any(s => s.IsComing);
        _reasons = new PlanReasons(explain, _seats, _blocked, _users.Of);
        var leasesOf = new LeasesByWork(view.Leases);
        // Not like the others of its line, and looked at by itself.
        _alone = [.. view.Reservations.Select(r => r.WorkId)];
        _claims.AddRange(view.Work.Order(WorkOrder.Instance).Select(w => new DeviceClaim(w, leasesOf[w.WorkId], view.Now, policy)));
        _lowestRunning = _claims.Where(c => c.Active.Count > 0).Select(c => c.Work.Priority).DefaultIfEmpty(int.MaxValue).Min();
    }

    /// <summary>Makes a plan.</summary>
    /// <param name="view">What there is.</param>
    /// <param name="policy">The times to go by.</param>
    /// <param name="explain">Say why what waits does.</param>
    public static PlacementPlan Plan(SchedulingView view, SchedulingPolicy policy, bool explain = false) =>
        new PlacementPlanner(view, policy, explain).Run();

    private PlacementPlan Run()
    {
        TakeOverReservations();
        foreach (var claim in _claims) Queue(claim);
        foreach (var line in _view.Lines) QueueNext(line.GetEnumerator());
        while (_queue.Dequeue() is { } claim)
        {
            if (claim.Leaves) continue;
            var before = _effects;
            Serve(claim);
            if (claim.Behind is not { } line) continue;
            if (_effects > before) QueueNext(line);
            else _idle.Add(line);
        }
        return new PlacementPlan
        {
            Placements = _placements,
            Preemptions = _preemptions,
            Reservations = [.. _seats.Where(s => s is { Held: not null, IsFirm: true }).Select(s => s.Reservation)],
            Reasons = _reasons.All,
        };
    }

    private void Serve(DeviceClaim claim)
    {
        if (!_users.Allows(claim.User, claim.Have == 0 ? claim.Lacks : 1)) _reasons.Say(claim, () => _users.Reason(claim));
        else if (claim.Have == 0) Start(claim);
        else if (claim.Lacks > 0) Complete(claim);
        else Grow(claim);
    }

    /// <summary>Has the next of a line have its turn, or the next whose turn comes after another's.</summary>
    private void QueueNext(IEnumerator<ScheduledWork> line, DeviceClaim? after = null)
    {
        while (line.MoveNext())
        {
            if (_alone.Contains(line.Current.WorkId)) continue;
            var claim = new DeviceClaim(line.Current, [], _view.Now, _policy) { Behind = line };
            if (after is not null && _queue.GoesBefore(claim, after)) continue;
            Queue(claim);
            return;
        }
    }

    /// <summary>Drops what is held in vain: nobody waits for it any more, or what is held can never be enough.</summary>
    private void TakeOverReservations()
    {
        var claims = _claims.ToDictionary(c => c.Work.WorkId);
        foreach (var reservation in _view.Reservations)
        {
            if (_seatOf.TryGetValue(reservation.Worker, out var seat) && (seat.IsFree || seat.IsComing)
                && claims.TryGetValue(reservation.WorkId, out var claim) && claim is { Lacks: > 0, Leaves: false, After: null }
                && claim.Fits(seat) && _users.Allows(claim.User, claim.Lacks))
            {
                seat.Reserved = claim;
            }
        }
        foreach (var claim in _seats.Select(s => s.Reserved).OfType<DeviceClaim>().Distinct().ToList())
        {
            if ((claim.IsOverdue && CouldFit(claim)) || !claim.Waits) continue;
            if (_seats.Count(s => (s.IsFree || s.IsComing) && s.IsOpenTo(claim)) >= claim.Lacks) continue;
            foreach (var seat in _seats.Where(s => s.Reserved == claim)) seat.Reserved = null;
        }
    }

    private void Queue(DeviceClaim claim)
    {
        if (claim.Leaves)
        {
            _reasons.Say(claim, () => "is being stopped for work of higher priority, and is queued again after it");
            return;
        }
        if (claim.After is { } older)
        {
            _reasons.Say(claim, () => WaitingReasons.After(older));
            return;
        }
        if (claim.Lacks == 0 && !claim.MayGrow) return;
        if (claim.Have > 0 && _view.NotGrowing.Contains(claim.Work.WorkId)) return;
        _queue.Enqueue(claim);
    }

    /// <summary>All that it must have at once, or nothing.</summary>
    private void Start(DeviceClaim claim)
    {
        var free = Free(claim).Take(claim.Lacks).ToList();
        if (free.Count >= claim.Lacks)
        {
            foreach (var seat in free) Place(seat, claim);
            _reasons.Say(claim, () => "is being given its devices");
            // More than it must have only after all others of its priority had their turn.
            Queue(claim);
            return;
        }
        var before = _effects;
        var coming = Coming(claim).OrderByDescending(s => s.Reserved == claim).ToList();
        var lacking = claim.Lacks - free.Count - coming.Count;
        var hasReservation = HasReservation(claim);
        if (lacking <= 0)
        {
            if (hasReservation || claim.IsOverdue) Hold(claim, [.. free, .. coming], claim.Lacks, firm: true);
            else Hold(claim, coming, claim.Lacks - free.Count, firm: false);
        }
        else if (TakeAway(claim, lacking) is { Count: > 0 } taken)
        {
            Hold(claim, [.. free, .. coming, .. taken], claim.Lacks, firm: true);
        }
        else if (claim.IsOverdue && CouldFit(claim))
        {
            Hold(claim, [.. free, .. coming], claim.Lacks, firm: true);
        }
        _reasons.Waits(claim, isLikeOthers: _effects == before && !hasReservation, _effects);
        _blocked.Add(claim);
    }

    /// <summary>It runs with fewer than it should: each further device helps.</summary>
    private void Complete(DeviceClaim claim)
    {
        foreach (var seat in Free(claim).Take(Math.Min(claim.Lacks, _users.Room(claim.User))).ToList()) Place(seat, claim);
        if (claim.Lacks == 0 || !_users.Allows(claim.User, 1))
        {
            Queue(claim);
            return;
        }
        var coming = Coming(claim).ToList();
        var lacks = Math.Min(claim.Lacks, _users.Room(claim.User));
        for (var lacking = lacks - coming.Count; lacking > 0; lacking--)
        {
            if (TakeAway(claim, lacking) is not { Count: > 0 } taken) continue;
            coming.AddRange(taken);
            break;
        }
        Hold(claim, coming, lacks, firm: true);
        _reasons.Lacks(claim);
        _blocked.Add(claim);
    }

    private void Grow(DeviceClaim claim)
    {
        // A gang keeps what it grew to; work that waits has the better claim.
        var wanted = _blocked.Where(b => b.Priority >= claim.Work.Priority && CouldFit(b)).ToList();
        if (Free(claim).FirstOrDefault(s => !wanted.Any(b => b.Fits(s))) is not { } seat) return;
        Place(seat, claim);
        Queue(claim);
    }

    /// <summary>Those held for it first.</summary>
    private IEnumerable<DeviceSeat> Free(DeviceClaim claim)
    {
        var open = _free.Where(s => s.IsOpenTo(claim));
        return HasReservation(claim) ? open.OrderByDescending(s => s.Reserved == claim) : open;
    }

    private IEnumerable<DeviceSeat> Coming(DeviceClaim claim) =>
        _isAnyComing ? _seats.Where(s => s.IsComing && s.IsOpenTo(claim)) : [];

    private bool HasReservation(DeviceClaim claim) => _alone.Count > 0 && _seats.Any(s => s.Reserved == claim);

    private void Place(DeviceSeat seat, DeviceClaim claim)
    {
        _effects++;
        seat.IsFree = false;
        _free.Remove(seat);
        seat.Held = null;
        seat.Reserved = null;
        claim.Have++;
        _users.Add(claim.User, 1);
        _placements.Add(new Placement(seat.Worker, claim.Work, claim.Priority));
    }

    private void Hold(DeviceClaim claim, IEnumerable<DeviceSeat> seats, int count, bool firm)
    {
        foreach (var seat in seats.Take(count))
        {
            (seat.Held, seat.IsFirm) = (claim, firm);
            _users.Promise(claim.User);
            _effects++;
        }
    }

    /// <summary>Stops lower work on so many fitting devices, or nothing where there are not so many.</summary>
    /// <returns>The devices that fit.</returns>
    private List<DeviceSeat> TakeAway(DeviceClaim claim, int count)
    {
        if (claim.Work.Priority <= _lowestRunning) return [];
        var surplus = _claims
            .Where(v => v != claim && v.Active.Count > v.Work.MinWorkers && v.Work.Priority < claim.Work.Priority)
            .OrderBy(v => v.Work.Priority)
            .SelectMany(v => v.Active.Where(l => Seat(l, claim) is not null).Take(v.Active.Count - v.Work.MinWorkers)
                .Select(l => (Victim: v, Lease: l)))
            .Take(count).ToList();
        var whole = new List<(DeviceClaim Victim, int Gain)>();
        if (surplus.Count < count)
        {
            var gained = surplus.Count;
            foreach (var victim in _claims
                .Where(v => v != claim && v.Active.Count > 0 && v.Safety < claim.Work.Priority)
                .OrderBy(v => v.Safety).ThenByDescending(v => v.Active[0].Since).ThenByDescending(v => v.Work, WorkOrder.Instance))
            {
                var gain = victim.Active.Count(l => Seat(l, claim) is not null) - surplus.Count(s => s.Victim == victim);
                if (gain == 0) continue;
                whole.Add((victim, gain));
                if ((gained += gain) >= count) break;
            }
            if (gained < count) return [];
            // The last chosen is often enough without one before it.
            for (var i = whole.Count - 1; i >= 0; i--)
            {
                if (gained - whole[i].Gain < count) continue;
                gained -= whole[i].Gain;
                whole.RemoveAt(i);
            }
        }
        var stopped = surplus.Where(s => !whole.Any(w => w.Victim == s.Victim)).Concat(
            whole.SelectMany(w => w.Victim.Active.Select(l => (w.Victim, Lease: l)))).ToList();
        // More devices may come free than were asked for. Those of a line who would have had their turn before found nothing.
        foreach (var line in _idle) QueueNext(line, after: claim);
        _idle.Clear();
        var seats = new List<DeviceSeat>();
        foreach (var (victim, lease) in stopped)
        {
            _preemptions.Add(new Preemption(lease, claim.Work.WorkId));
            victim.Active.Remove(lease);
            victim.Have--;
            victim.Leaves = victim.Active.Count == 0;
            _users.Add(victim.User, -1);
            if (_seatOf.TryGetValue(lease.Worker, out var freed)) freed.IsComing = _isAnyComing = true;
            if (Seat(lease, claim) is { } fitting) seats.Add(fitting);
            _effects++;
        }
        return seats;
    }

    private DeviceSeat? Seat(DeviceLease lease, DeviceClaim claim) =>
        _seatOf.TryGetValue(lease.Worker, out var seat) && claim.Fits(seat) ? seat : null;

    private bool CouldFit(DeviceClaim claim) => _seats.Count(claim.Fits) >= claim.Work.MinWorkers;
}
