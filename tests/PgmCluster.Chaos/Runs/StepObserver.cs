using System.Diagnostics;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Contracts.Training;

namespace PgmCluster.Chaos.Runs;

/// <summary>Follows a run's steps and remembers when each number was first seen.</summary>
internal sealed class StepObserver : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly List<(long At, long Done)> _seen = [];

    /// <summary>The same as it was told, also where it went back.</summary>
    private readonly List<(long At, long Done)> _told = [];
    private readonly CancellationTokenSource _end = new();
    private readonly Task _watching;

    public StepObserver(IJobGrain job) => _watching = Watch(job);

    /// <summary>Steps done, as far as is known; the highest ever, whatever is reported later.</summary>
    public long Done
    {
        get { lock (_gate) return _seen.Count == 0 ? 0 : _seen[^1].Done; }
    }

    /// <summary>The first number of steps that was seen, and when.</summary>
    public (long Done, long At) First
    {
        get { lock (_gate) return _seen.Where(s => s.Done > 0).Select(s => (s.Done, s.At)).First(); }
    }

    public JobEvent? Last { get; private set; }

    /// <summary>When so many steps were first known to be done, as a <see cref="Stopwatch"/> timestamp; null where they are not.</summary>
    public long? FirstSeen(long done)
    {
        lock (_gate) return _seen.Where(s => s.Done >= done).Select(s => (long?)s.At).FirstOrDefault();
    }

    /// <summary>Steps known to be done at that time.</summary>
    public long DoneAt(DateTimeOffset time)
    {
        var at = TimestampOf(time);
        lock (_gate) return _seen.Where(s => s.At <= at).Select(s => s.Done).LastOrDefault();
    }

    /// <summary>
    /// Steps that had been done and were done again: how far each gang of the run began below what had been done since the one before it
    /// began. What was lost once, and is being done again, is not lost a second time.
    /// </summary>
    /// <param name="formations">All of the run, in their order.</param>
    /// <param name="of">Those that count; null for all.</param>
    public long StepsLost(IReadOnlyList<GangFormation> formations, Func<GangFormation, bool>? of = null)
    {
        var (lost, since) = (0L, long.MinValue);
        foreach (var formation in formations)
        {
            var at = TimestampOf(formation.At);
            lock (_gate)
            {
                var done = _told.Where(s => s.At > since && s.At <= at).Select(s => s.Done).DefaultIfEmpty().Max();
                if (of is null || of(formation))
                    lost += Math.Max(0, done - (formation.Step >= 0 ? formation.Step : formation.DurableStep));
            }
            since = at;
        }
        return lost;
    }

    /// <summary>Completes when the run is at rest.</summary>
    public Task AtRest => _watching;

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _watching.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _end.Dispose();
    }

    private static long TimestampOf(DateTimeOffset time) =>
        Stopwatch.GetTimestamp() - (long)((DateTimeOffset.UtcNow - time).TotalSeconds * Stopwatch.Frequency);

    private async Task Watch(IJobGrain job)
    {
        await foreach (var present in job.WatchToRest(TimeSpan.FromMinutes(5), _end.Token).WithCancellation(_end.Token))
        {
            lock (_gate)
            {
                var now = Stopwatch.GetTimestamp();
                if (_seen.Count == 0 || present.Progress.Done > _seen[^1].Done) _seen.Add((now, present.Progress.Done));
                if (_told.Count == 0 || present.Progress.Done != _told[^1].Done) _told.Add((now, present.Progress.Done));
            }
            Last = present;
        }
    }
}
