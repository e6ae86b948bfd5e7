using PgmCluster.Grains.Protocol;

namespace PgmCluster.Grains.Training.Gangs;

/// <summary>
/// Who belongs to the next generation of a gang, and when it can form. Knows no grain and no clock: everything it decides follows from what
/// it was told and when. What is not in <see cref="Current"/> lives in memory only; members say it again.
/// </summary>
public sealed class GangCircle(GangRules rules)
{
    private readonly SortedDictionary<string, GangGuest> _guests = new(StringComparer.Ordinal);

    /// <summary>Members of the present generation that ended or were lost.</summary>
    private readonly HashSet<string> _gone = [];

    /// <summary>Whom members of the present generation have lost.</summary>
    private readonly HashSet<string> _accused = [];
    private readonly Dictionary<string, int> _suspicions = [];
    private readonly Dictionary<string, DateTimeOffset> _barred = [];
    private readonly Dictionary<string, DateTimeOffset> _heard = [];
    private long _placement;
    private DateTimeOffset _began;

    /// <summary>The generation that counts; its number is 0 where none ever formed.</summary>
    public GangState Current { get; private set; } = new();

    /// <summary>Workers that have the work as far as is known, at work or waiting.</summary>
    public IReadOnlyList<string> Known =>
        [.. CurrentMembers.Select(m => m.Worker).Where(w => !_gone.Contains(w)).Union(_guests.Keys).Order(StringComparer.Ordinal)];

    private IReadOnlyList<GangStateMember> CurrentMembers => Current.Placement == _placement ? Current.Members : [];

    /// <summary>A generation is stored, or was found stored: it counts from now on.</summary>
    public void Enter(GangState state, DateTimeOffset now)
    {
        // While it was being stored some may have ended, begun anew, or come for the next placement.
        var gone = state.Members.Where(m => _guests.TryGetValue(m.Worker, out var guest) ? !IsOf(m, guest) : _gone.Contains(m.Worker))
            .Select(m => m.Worker).ToList();
        Current = state;
        _placement = Math.Max(_placement, state.Placement);
        _began = now;
        _gone.Clear();
        _gone.UnionWith(gone);
        _accused.Clear();
        _heard.Clear();
        foreach (var member in state.Members.ExceptBy(gone, m => m.Worker)) _guests.Remove(member.Worker);
    }

    /// <summary>Takes an arrival in, or hears that it still waits.</summary>
    public GangGuest Arrive(GangArrival arrival, DateTimeOffset now)
    {
        if (arrival.Generation != _placement)
        {
            _placement = arrival.Generation;
            _guests.Clear();
            _gone.Clear();
            _accused.Clear();
        }
        // A worker that starts anew is not the one that was in the gang.
        if (CurrentMembers.Any(m => m.Worker == arrival.Worker && m.Incarnation != arrival.Incarnation)) _gone.Add(arrival.Worker);
        if (arrival.GangGeneration == Current.Generation && Current.Generation > 0) _accused.UnionWith(arrival.Lost);
        _heard[arrival.Worker] = now;
        if (!_guests.TryGetValue(arrival.Worker, out var guest))
        {
            _guests[arrival.Worker] = guest = new GangGuest(arrival, now);
        }
        else if (guest.Arrival.Incarnation != arrival.Incarnation || guest.Arrival.GangGeneration != arrival.GangGeneration)
        {
            (guest.Arrival, guest.Since) = (arrival, now);
        }
        return guest;
    }

    /// <summary>A member of the present generation is at work.</summary>
    public void Heard(string worker, DateTimeOffset now) => _heard[worker] = now;

    /// <summary>A worker has given the work up, or was lost.</summary>
    /// <param name="worker">Which.</param>
    /// <param name="lease">
    /// Number of the lease that is over: the news may be late, and whoever has come back since under a later one stays. 0 where a silo of
    /// before does not say.
    /// </param>
    public void Ended(string worker, long lease)
    {
        if (_guests.TryGetValue(worker, out var guest) && !IsAfter(guest.Arrival.Lease, lease)) _guests.Remove(worker);
        if (!CurrentMembers.Any(m => m.Worker == worker && IsAfter(m.Lease, lease))) _gone.Add(worker);
    }

    /// <summary>Whether this arrival has its seat already: it did not hear of the generation that has formed.</summary>
    public bool HasSeat(GangArrival arrival) =>
        arrival.GangGeneration < Current.Generation && Current.Placement == arrival.Generation
        && Current.Members.Any(m => m.Worker == arrival.Worker && m.Incarnation == arrival.Incarnation);

    public bool IsBarred(string worker, DateTimeOffset now) => _barred.TryGetValue(worker, out var until) && until > now;

    /// <summary>Whether members at work are to come to a meeting, because somebody waits to join them.</summary>
    /// <param name="max">Members that the gang may have.</param>
    /// <param name="now">The time.</param>
    public bool IsChangeWanted(int max, DateTimeOffset now)
    {
        var room = max - CurrentMembers.Count(m => !_gone.Contains(m.Worker));
        var waiting = Present(now).Where(g => !IsAtWorkIn(g, now)).ToList();
        return room > 0 && waiting.Count > 0 && (waiting.Count >= room || now - waiting.Max(g => g.Since) >= rules.Quiet);
    }

    /// <summary>The members of the next generation by rank; null where it cannot form yet.</summary>
    public IReadOnlyList<GangArrival>? Due(int min, int max, DateTimeOffset now)
    {
        var present = Present(now);
        if (present.Count == 0) return null;
        var expected = CurrentMembers.Where(m => IsExpected(m.Worker, now)).Select(m => m.Worker).ToHashSet();
        if (expected.Count == 0)
        {
            var isQuiet = present.Count >= min && now - present.Max(g => g.Since) >= rules.Quiet;
            return present.Count >= max || isQuiet || now - present.Min(g => g.Since) >= rules.Patience ? Choose(present, max, now) : null;
        }
        var returned = present.Where(g => expected.Contains(g.Worker)).ToList();
        // Whoever wants to join waits until the gang comes.
        if (returned.Count == 0) return null;
        var missing = expected.Except(returned.Select(g => g.Worker)).Where(w => !_accused.Contains(w)).ToList();
        return missing.Count == 0 || now - returned.Min(g => g.Since) >= rules.Patience ? Choose(present, max, now) : null;
    }

    private static bool IsOf(GangStateMember member, GangGuest guest) => guest.Arrival.Incarnation == member.Incarnation;

    private static bool IsAfter(long lease, long ended) => ended > 0 && lease > ended;

    private bool IsExpected(string worker, DateTimeOffset now) =>
        !_gone.Contains(worker) && (_guests.ContainsKey(worker) || now - _heard.GetValueOrDefault(worker, _began) < rules.Unheard);

    private bool IsAtWorkIn(GangGuest guest, DateTimeOffset now) =>
        CurrentMembers.Any(m => m.Worker == guest.Worker && m.Incarnation == guest.Arrival.Incarnation) && IsExpected(guest.Worker, now);

    private List<GangGuest> Present(DateTimeOffset now) =>
        [.. _guests.Values.Where(g => (g.Calls > 0 || now - g.LastAnswered < rules.Fresh) && !IsBarred(g.Worker, now))];

    private IReadOnlyList<GangArrival> Choose(List<GangGuest> present, int max, DateTimeOffset now)
    {
        Suspect(present, now);
        return [.. present.Where(g => !IsBarred(g.Worker, now)).OrderByDescending(g => g.Arrival.Step).ThenBy(
            g => g.Worker, StringComparer.Ordinal)
            .Take(max).Select(g => g.Arrival).OrderBy(a => a.Worker, StringComparer.Ordinal)];
    }

    /// <summary>
    /// Two members that reach the owner but not each other would meet for ever: the one that others lose again and again, no step done in
    /// between, is left out.
    /// </summary>
    private void Suspect(List<GangGuest> present, DateTimeOffset now)
    {
        if (present.Max(g => g.Arrival.Step) > Current.Step) _suspicions.Clear();
        foreach (var guest in present.Where(g => _accused.Contains(g.Worker)))
            _suspicions[guest.Worker] = _suspicions.GetValueOrDefault(guest.Worker) + 1;
        var worst = present.Where(g => _suspicions.GetValueOrDefault(g.Worker) >= rules.BreaksAllowed)
            .OrderByDescending(g => _suspicions[g.Worker]).ThenByDescending(g => g.Worker, StringComparer.Ordinal).FirstOrDefault();
        if (worst is null || present.Count == 1) return;
        _barred[worst.Worker] = now + rules.Barred;
        _suspicions.Clear();
    }
}
