using System.Diagnostics;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Contracts.Training;

namespace PgmCluster.Chaos.Runs;

/// <summary>Follows a run's steps and remembers when each number was first seen.</summary>
internal sealed class StepObserver : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly List<(long At, long Done)> _seen = [];
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
        var at = Stopwatch.GetTimestamp() - (long)((DateTimeOffset.UtcNow - time).TotalSeconds * Stopwatch.Frequency);
        lock (_gate) return _seen.Where(s => s.At <= at).Select(s => s.Done).LastOrDefault();
    }

    /// <summary>Steps that had been done and were done again: how far below what had been done each gang of the run began.</summary>
    public long StepsLost(IEnumerable<GangFormation> formations) =>
        formations.Sum(f => Math.Max(0, DoneAt(f.At) - (f.Step >= 0 ? f.Step : f.DurableStep)));

    /// <summary>Completes when the run is at rest.</summary>
    public Task AtRest => _watching;

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _watching.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _end.Dispose();
    }

    private async Task Watch(IJobGrain job)
    {
        await foreach (var present in job.WatchToRest(TimeSpan.FromMinutes(5), _end.Token).WithCancellation(_end.Token))
        {
            lock (_gate)
            {
                if (_seen.Count == 0 || present.Progress.Done > _seen[^1].Done)
                    _seen.Add((Stopwatch.GetTimestamp(), present.Progress.Done));
            }
            Last = present;
        }
    }
}
