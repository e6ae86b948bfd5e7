using PgmCluster.Contracts.Jobs;

namespace PgmCluster.Grains.Metering;

/// <summary>How far devices have said that work is.</summary>
internal sealed class ReportedProgress
{
    private JobProgress? _last;

    /// <summary>The most that was ever done, in units of it.</summary>
    public long Reached { get; private set; }

    /// <summary>Takes in what was said. False where it says nothing.</summary>
    public bool Take(JobProgress progress)
    {
        Reached = Math.Max(Reached, progress.Done);
        // The scheduler, which reports losses, and the first report of a device know no progress.
        if (progress.Total == 0 && _last is not null) return false;
        _last = progress;
        return true;
    }

    /// <summary>The work is over: the next is of another device.</summary>
    public void Forget() => _last = null;

    /// <summary>What to show, where this was shown before.</summary>
    public JobProgress After(JobProgress shown) => _last is { Total: > 0 } ? _last : shown with { UnitsPerSecond = null };
}
