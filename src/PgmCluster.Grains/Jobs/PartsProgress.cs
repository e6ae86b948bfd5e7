using PgmCluster.Contracts.Jobs;

namespace PgmCluster.Grains.Jobs;

/// <summary>
/// How far the parts of a job are that devices are at: what they reported last, the furthest that each reached, and what they wait for. In
/// memory only.
/// </summary>
internal sealed class PartsProgress
{
    private readonly Dictionary<string, JobProgress> _running = [];
    private readonly Dictionary<string, long> _reached = [];
    private readonly Dictionary<string, string> _waiting = [];

    /// <summary>The last report of each part that runs, by its name.</summary>
    public IReadOnlyDictionary<string, JobProgress> Running => _running;

    /// <summary>What a part that runs waits for, said for the whole job; null where none does.</summary>
    public string? Waiting => _waiting.Values.FirstOrDefault();

    /// <returns>False where the report says nothing.</returns>
    public bool Observe(string part, JobProgress progress)
    {
        // The scheduler, which reports losses, and the first report of a device know no progress.
        if (progress.Total == 0 && _running.ContainsKey(part)) return false;
        _running[part] = progress;
        _reached[part] = Math.Max(Reached(part), progress.Done);
        return true;
    }

    /// <param name="part">Its name.</param>
    /// <param name="what">Null for nothing.</param>
    public void TakeWaiting(string part, string? what)
    {
        if (what is null) _waiting.Remove(part);
        else _waiting[part] = what;
    }

    /// <summary>The furthest unit that a part has reached in this activation.</summary>
    public long Reached(string part) => _reached.GetValueOrDefault(part);

    /// <summary>A part has ended.</summary>
    public void End(string part)
    {
        _running.Remove(part);
        _waiting.Remove(part);
    }

    /// <summary>No part runs any more.</summary>
    public void Clear()
    {
        _running.Clear();
        _waiting.Clear();
    }

    /// <summary>The progress of a job whose parts make images.</summary>
    public static JobProgress OfImages(IReadOnlyList<WorkPart> parts, IReadOnlyDictionary<string, JobProgress> running)
    {
        var open = parts.Where(p => p.Result is null && p.Images > 0 && running.ContainsKey(p.Name)).ToList();
        return new JobProgress
        {
            Unit = "image",
            Total = parts.Sum(p => (long)p.Images),
            Done = parts.Where(p => p.Result is not null).Sum(p => (long)p.Images)
                + open.Sum(p => Math.Min(p.Images, running[p.Name].Done)),
            UnitsPerSecond = open.Any(p => running[p.Name].UnitsPerSecond is not null)
                ? open.Sum(p => running[p.Name].UnitsPerSecond ?? 0)
                : null,
        };
    }
}
