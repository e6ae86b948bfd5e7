using System.Runtime.CompilerServices;
using Orleans.Runtime;
using PgmCluster.Contracts.Errors;

namespace PgmCluster.Contracts.Jobs;

/// <summary>Watching a job from a client, across the loss of silos.</summary>
public static class JobWatching
{
    /// <summary>Longest silence before the watch is opened again. A heartbeat comes every second.</summary>
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(3);

    /// <summary>Between two openings: a silo that is going down breaks the stream at once, again and again.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    /// <summary>
    /// Yields the job's changes (heartbeats left out) until it is at rest; calls again whenever the stream breaks or stays silent. What the
    /// caller does with an event may take as long as it likes: only waiting for the silo is counted.
    /// </summary>
    /// <param name="job">The job.</param>
    /// <param name="patience">How long nothing at all may be heard before the last error is thrown. Default: 2 minutes.</param>
    /// <param name="cancellation">Ends the watch, not the job.</param>
    /// <param name="time">Measures the waiting. Default: the machine's.</param>
    /// <exception cref="PgmException">Nothing was heard for that long, or the silo answers with nothing but errors.</exception>
    public static async IAsyncEnumerable<JobEvent> WatchToRest(
        this IJobGrain job, TimeSpan? patience = null, [EnumeratorCancellation] CancellationToken cancellation = default,
        TimeProvider? time = null)
    {
        var clock = time ?? TimeProvider.System;
        var limit = patience ?? TimeSpan.FromMinutes(2);
        var waitingSince = clock.GetTimestamp();
        JobEvent? last = null;
        while (true)
        {
            using var silence = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            var events = job.Watch(silence.Token).GetAsyncEnumerator(silence.Token);
            try
            {
                while (true)
                {
                    JobEvent current;
                    try
                    {
                        silence.CancelAfter(Silence);
                        // Also where the silo does not answer to the silence's end either.
                        if (!await events.MoveNextAsync().AsTask().WaitAsync(silence.Token)) break;
                        current = events.Current;
                    }
                    catch (Exception e) when (!cancellation.IsCancellationRequested && !IsFinal(e))
                    {
                        if (clock.GetElapsedTime(waitingSince) > limit) throw GivenUp(job, limit, e);
                        break;
                    }
                    cancellation.ThrowIfCancellationRequested();
                    silence.CancelAfter(Timeout.InfiniteTimeSpan);
                    waitingSince = clock.GetTimestamp();
                    if (last is not null && last with { At = current.At } == current) continue;
                    last = current;
                    yield return current;
                    if (current.Phase.IsAtRest()) yield break;
                    waitingSince = clock.GetTimestamp();
                }
            }
            finally
            {
                await Task.WhenAny(End(events), Task.Delay(Pause, CancellationToken.None));
            }
            await Task.Delay(Pause, cancellation);
        }
    }

    /// <summary>
    /// Says that nobody watches any more. Who served it may be gone, or hang: it is not waited for until the call's time is over.
    /// </summary>
    private static async Task End(IAsyncEnumerator<JobEvent> events)
    {
        try
        {
            await events.DisposeAsync();
        }
        catch (Exception)
        {
            // It ends by itself, for want of somebody who asks for the next event.
        }
    }

    private static PgmException GivenUp(IJobGrain job, TimeSpan limit, Exception last) => new(
        $"Watching job {IdOf(job)}: "
        + (last is OperationCanceledException or TimeoutException
            ? $"nothing heard for {limit.TotalSeconds:0} s. Check that a silo runs ('pgm workers')."
            : $"for {limit.TotalSeconds:0} s the cluster has answered with nothing but errors, at last: {ErrorLine.Of(last)} "
              + "See the silos' logs; the job itself goes on."),
        last)
    { Code = PgmErrorCode.Unavailable };

    /// <summary>What a job says of itself is; that the database is away passes.</summary>
    private static bool IsFinal(Exception e) => e is PgmException { Code: not PgmErrorCode.Unavailable };

    /// <summary>A stand-in in a caller's tests has no key.</summary>
    private static string IdOf(IJobGrain job) => job is GrainReference or IGrainBase ? job.GetPrimaryKeyString() : $"{job}";
}
