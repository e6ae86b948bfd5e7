using PgmCluster.Grains.Scheduling.Rows;

namespace PgmCluster.Grains.Scheduling.Calls;

/// <summary>
/// Has owners told of what is stored as lost: those of one owner one after another, in the order in which they were lost, each again and
/// again until the owner answers, whatever that is. Of one thread.
/// </summary>
/// <param name="tell">Tells an owner; throws where it does not answer.</param>
/// <param name="told">Called once an owner knows all: what it knows can be forgotten.</param>
/// <param name="time">Measures the pauses.</param>
/// <param name="leaving">Ends the pauses, and with them what is told in vain.</param>
/// <param name="logger">Of the scheduler.</param>
internal sealed class LossNews(
    Func<LeaseLoss, Task> tell, Func<Task> told, TimeProvider time, CancellationToken leaving, ILogger logger)
{
    /// <summary>After the first attempt; each further one doubles it.</summary>
    private static readonly TimeSpan s_first = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(30);

    /// <summary>Owners that are being told, and what ends the pause of those that did not answer.</summary>
    private readonly Dictionary<string, TaskCompletionSource?> _underWay = [];

    /// <summary>Of those that are stored still: their owners know.</summary>
    private readonly HashSet<(string Worker, long Number)> _told = [];
    private ILookup<string, LeaseLoss> _losses = Array.Empty<LeaseLoss>().ToLookup(l => l.Owner);

    /// <summary>Whether an owner knows of a loss.</summary>
    public bool IsTold(LeaseLoss loss) => _told.Contains((loss.Worker, loss.Number));

    /// <summary>Begins to tell what is not being told yet.</summary>
    /// <param name="stored">All that is stored.</param>
    /// <returns>What is under way since.</returns>
    public IEnumerable<Task> Tell(IReadOnlyCollection<LeaseLoss> stored)
    {
        if (stored.Count == 0 && _losses.Count == 0) return [];
        _told.IntersectWith(stored.Select(l => (l.Worker, l.Number)));
        _losses = stored.OrderBy(l => l.LostAt).ThenByDescending(l => l.Remaining).ThenBy(l => l.Number).ToLookup(l => l.Owner);
        return [.. _losses.Select(l => l.Key).Where(o => Next(o) is not null && _underWay.TryAdd(o, null)).Select(TellAll)];
    }

    /// <summary>An owner that waits for the news is told at once, however long it did not answer.</summary>
    public void Hurry(string owner) => _underWay.GetValueOrDefault(owner)?.TrySetResult();

    private async Task TellAll(string owner)
    {
        try
        {
            for (var attempt = 1; Next(owner) is { } loss;)
            {
                try
                {
                    await tell(loss);
                    _told.Add((loss.Worker, loss.Number));
                    attempt = 1;
                }
                catch (Exception e)
                {
                    CallsLog.OwnerUnreachable(logger, e, loss.WorkId, attempt);
                    if (leaving.IsCancellationRequested) return;
                    await Pause(owner, s_first * Math.Pow(2, Math.Min(attempt++, 10) - 1));
                }
            }
        }
        finally
        {
            _underWay.Remove(owner);
        }
        await told();
    }

    private LeaseLoss? Next(string owner) => _losses[owner].FirstOrDefault(l => !IsTold(l));

    private async Task Pause(string owner, TimeSpan pause)
    {
        var hurried = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _underWay[owner] = hurried;
        await hurried.Task.WaitAsync(pause < s_longest ? pause : s_longest, time, leaving).ConfigureAwait(
            ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        _underWay[owner] = null;
    }
}
