using System.Diagnostics;

namespace PgmCluster.Silo.Tests;

/// <summary>Waits for a condition that no event announces.</summary>
internal static class Eventually
{
    public static async Task<T> Observe<T>(string expected, Func<Task<T>> observe, Func<T, bool> holds, TimeSpan? timeout = null)
    {
        var limit = timeout ?? TimeSpan.FromSeconds(60);
        var watch = Stopwatch.StartNew();
        string last;
        do
        {
            try
            {
                var seen = await observe();
                if (holds(seen)) return seen;
                last = $"{seen}";
            }
            catch (Exception e) when (e is TimeoutException or Orleans.Runtime.OrleansException)
            {
                last = $"{e.GetType().Name}: {e.Message}";
            }
            await Task.Delay(50);
        }
        while (watch.Elapsed < limit);
        throw new TimeoutException($"Expected within {limit.TotalSeconds:0} s: {expected}. Last seen: {last}.");
    }
}
