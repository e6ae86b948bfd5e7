using System.Runtime.CompilerServices;

namespace PgmCluster.Contracts.Jobs;

/// <summary>Watching a job from a client, across the loss of silos.</summary>
public static class JobWatching
{
    /// <summary>Longest silence before the watch is opened again. A heartbeat comes every second.</summary>
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(3);

    /// <summary>Between two openings: a silo that is going down breaks the stream at once, again and again.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    /// <summary>
    /// Yields the job's changes (heartbeats left out) until it is at rest; calls again whenever the stream breaks or stays silent.
    /// </summary>
    /// <param name="job">The job.</param>
    /// <param name="patience">How long nothing at all may be heard before the last error is thrown. Default: 2 minutes.</param>
    /// <param name="cancellation">Ends the watch, not the job.</param>
    public static async IAsyncEnumerable<JobEvent> WatchToRest(
        this IJobGrain job, TimeSpan? patience = null, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        var limit = patience ?? TimeSpan.FromMinutes(2);
        var lastHeard = DateTimeOffset.UtcNow;
        JobEvent? last = null;
        while (true)
        {
            using var silence = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            silence.CancelAfter(Silence);
            var events = job.Watch(silence.Token).GetAsyncEnumerator(silence.Token);
            try
            {
                while (true)
                {
                    JobEvent current;
                    try
                    {
                        if (!await events.MoveNextAsync()) break;
                        current = events.Current;
                    }
                    catch (Exception e) when (!cancellation.IsCancellationRequested && e is not Errors.PgmException)
                    {
                        if (DateTimeOffset.UtcNow - lastHeard > limit)
                            throw new Errors.PgmException(
                                $"Watching job {job.GetPrimaryKeyString()}: nothing heard for {limit.TotalSeconds:0} s. "
                                + "Check that a silo runs ('pgm workers').", e);
                        break;
                    }
                    cancellation.ThrowIfCancellationRequested();
                    lastHeard = DateTimeOffset.UtcNow;
                    silence.CancelAfter(Silence);
                    if (last is not null && last with { At = current.At } == current) continue;
                    last = current;
                    yield return current;
                    if (current.Phase.IsAtRest()) yield break;
                }
            }
            finally
            {
                try { await events.DisposeAsync(); } catch (Exception) when (!cancellation.IsCancellationRequested) { /* the silo that served it is gone */ }
            }
            await Task.Delay(Pause, cancellation);
        }
    }
}
