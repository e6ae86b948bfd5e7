using System.Diagnostics;

namespace PgmCluster.TestSupport.Processes;

/// <summary>Waits for conditions that no event announces.</summary>
public static class Until
{
    /// <summary>What takes longer hangs, on however slow a machine.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);

    /// <summary>Observes until <paramref name="holds"/>.</summary>
    /// <param name="expected">The condition in words, for the message.</param>
    /// <param name="observe">Looks. What it throws counts as "not yet" and stands in the message.</param>
    /// <param name="holds">The condition.</param>
    /// <param name="timeout">Default: <see cref="Limit"/>.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>What was observed in the end.</returns>
    /// <exception cref="HarnessException">It did not come to hold in time.</exception>
    public static async Task<T> Holds<T>(
        string expected, Func<Task<T>> observe, Func<T, bool> holds, TimeSpan? timeout = null, CancellationToken cancellation = default)
    {
        var limit = timeout ?? Limit;
        var watch = Stopwatch.StartNew();
        while (true)
        {
            string last;
            try
            {
                var seen = await observe();
                if (holds(seen)) return seen;
                last = $"{seen}";
            }
            catch (Exception e) when (e is not HarnessException && !cancellation.IsCancellationRequested)
            {
                last = $"{e.GetType().Name}: {e.Message}";
            }
            if (watch.Elapsed > limit)
                throw new HarnessException(
                    $"Waiting until {expected}: it was not so within {limit.TotalSeconds:0} s. Last seen: {last}");
            await Task.Delay(Interval, cancellation);
        }
    }

    /// <summary>As <see cref="Holds{T}"/>, for what is known at once.</summary>
    public static Task Holds(string expected, Func<bool> holds, TimeSpan? timeout = null, CancellationToken cancellation = default) =>
        Holds(expected, () => Task.FromResult(holds()), held => held, timeout, cancellation);
}
