using PgmCluster.Contracts.Jobs;

namespace PgmCluster.Grains.Jobs.Units;

/// <summary>
/// The units of a job: which are done, which were started in this activation, how far those are that devices are at. Only what is done is
/// durable, and no larger than a bit for each.
/// </summary>
internal sealed class UnitBoard
{
    private readonly IReadOnlyList<UnitRun> _runs;
    private readonly byte[] _done;
    private readonly HashSet<int> _started = [];
    private readonly Dictionary<int, UnitNews> _running = [];

    /// <summary>Index of the unit that waits for all others; -1 where there is none.</summary>
    private readonly int _last = -1;
    private int _firstOpen;
    private int _doubted;

    /// <param name="runs">The units.</param>
    /// <param name="done">Bit i of byte i/8 is set where unit i is done; changed in place.</param>
    public UnitBoard(IReadOnlyList<UnitRun> runs, byte[] done)
    {
        _runs = runs;
        _done = done;
        Count = runs.Sum(r => r.Units);
        Images = runs.Sum(r => (long)r.Images);
        foreach (var unit in All())
        {
            if (unit.Last) _last = unit.Index;
            if (IsDone(unit.Index)) (DoneUnits, DoneImages) = (DoneUnits + 1, DoneImages + unit.Images);
        }
    }

    /// <summary>Bytes in which units are noted as done.</summary>
    public static int BytesFor(IEnumerable<UnitRun> runs) => (runs.Sum(r => r.Units) + 7) / 8;

    public int Count { get; }

    public int DoneUnits { get; private set; }

    public long Images { get; }

    public long DoneImages { get; private set; }

    public bool IsComplete => DoneUnits == Count;

    /// <summary>What a unit that runs waits for, said for the whole job; null where none does.</summary>
    public string? Waiting => _running.Values.Select(r => r.Message).FirstOrDefault(m => m is not null);

    /// <summary>Units that devices are at.</summary>
    public IReadOnlyDictionary<int, UnitNews> Running => _running;

    public WorkUnit this[int index]
    {
        get
        {
            var first = 0;
            foreach (var run in _runs)
            {
                if (index < first + run.Units) return run.At(index, index - first);
                first += run.Units;
            }
            throw new ArgumentOutOfRangeException(nameof(index), index, $"There are {Count} units.");
        }
    }

    /// <summary>The units of a run, in order.</summary>
    public IEnumerable<WorkUnit> Of(string run) => All().Where(u => u.Run.Name == run);

    public bool IsDone(int index) => (_done[index >> 3] & (1 << (index & 7))) != 0;

    public void MarkDone(int index)
    {
        End(index);
        _started.Remove(index);
        if (IsDone(index)) return;
        _done[index >> 3] |= (byte)(1 << (index & 7));
        (DoneUnits, DoneImages) = (DoneUnits + 1, DoneImages + this[index].Images);
    }

    /// <summary>Its result is lost, or cannot be used: it is to be done again.</summary>
    public void MarkOpen(int index)
    {
        if (!IsDone(index)) return;
        _done[index >> 3] &= (byte)~(1 << (index & 7));
        (DoneUnits, DoneImages) = (DoneUnits - 1, DoneImages - this[index].Images);
        _started.Remove(index);
        _firstOpen = Math.Min(_firstOpen, index);
    }

    /// <summary>Units that are not done, in order; the one that waits for all others only where they are.</summary>
    /// <param name="from">Index of the first that is looked at.</param>
    public IEnumerable<WorkUnit> Open(int from = 0) => OpenIndexes(from).Select(index => this[index]);

    /// <summary>The first units that can be started and were not.</summary>
    public IEnumerable<WorkUnit> Due(int most)
    {
        var open = Count - DoneUnits - (LastWaits ? 1 : 0);
        var started = _started.Count - (LastWaits && _started.Contains(_last) ? 1 : 0);
        // While all others are under way, news of one of them must not cost a look at each.
        return started >= open ? [] : OpenIndexes(0).Where(index => !_started.Contains(index)).Take(most).Select(index => this[index]);
    }

    public void MarkStarted(int index)
    {
        if (!IsDone(index)) _started.Add(index);
    }

    /// <summary>It is to be started again: it is in nobody's queue.</summary>
    public void MarkNotStarted(int index) => _started.Remove(index);

    /// <summary>
    /// Takes nothing for granted that was done for some of the units under way: those that run, and as many others in turn.
    /// </summary>
    /// <param name="most">Units that are looked at.</param>
    public void Doubt(int most)
    {
        foreach (var running in _running.Keys.Take(most)) _started.Remove(running);
        var ordered = _started.Order().ToList();
        var from = ordered.FindIndex(i => i >= _doubted);
        foreach (var index in ordered.Skip(Math.Max(0, from)).Take(most))
        {
            _started.Remove(index);
            _doubted = index + 1;
        }
        if (_started.All(i => i < _doubted)) _doubted = 0;
    }

    /// <summary>A device has reported progress; false where it did under a generation that is over.</summary>
    public bool Observe(UnitNews news)
    {
        if (_running.TryGetValue(news.Index, out var present) && present.Generation > news.Generation) return false;
        _running[news.Index] = news;
        return true;
    }

    /// <returns>Whether a device was at it.</returns>
    public bool End(int index) => _running.Remove(index);

    /// <summary>All are to be started anew.</summary>
    public void Clear()
    {
        _started.Clear();
        _running.Clear();
    }

    /// <summary>The job's progress: by images where its units have any.</summary>
    public JobProgress Progress()
    {
        if (Images == 0) return new JobProgress { Unit = "unit", Total = Count, Done = DoneUnits };
        var rates = _running.Values.Where(r => r.Progress.UnitsPerSecond is not null && this[r.Index].Images > 0).ToList();
        return new JobProgress
        {
            Unit = "image",
            Total = Images,
            Done = DoneImages + _running.Values.Sum(r => Math.Min(this[r.Index].Images, r.Progress.Done)),
            UnitsPerSecond = rates.Count > 0 ? rates.Sum(r => r.Progress.UnitsPerSecond ?? 0) : null,
        };
    }

    private bool LastWaits => _last >= 0 && !IsDone(_last) && DoneUnits < Count - 1;

    private IEnumerable<int> OpenIndexes(int from)
    {
        while (_firstOpen < Count && IsDone(_firstOpen)) _firstOpen++;
        for (var index = Math.Max(from, _firstOpen); index < Count; index++)
        {
            if (!IsDone(index) && (index != _last || !LastWaits)) yield return index;
        }
    }

    private IEnumerable<WorkUnit> All()
    {
        var index = 0;
        foreach (var run in _runs)
        {
            for (var number = 0; number < run.Units; number++) yield return run.At(index++, number);
        }
    }
}
