using System.Runtime.CompilerServices;
using PgmCluster.Contracts.Jobs;

namespace PgmCluster.Grains.Jobs;

/// <summary>
/// What watchers of a job see: its newest durable state. Kept apart from the state record, which a turn changes before it is written.
/// </summary>
internal sealed class JobFeed
{
    private static readonly TimeSpan s_heartbeat = TimeSpan.FromSeconds(1);

    private TaskCompletionSource _changed = New();
    private JobEvent _present = new();

    /// <param name="state">The job's, apart from <see cref="JobEvent.Sequence"/> and <see cref="JobEvent.At"/>.</param>
    /// <param name="now">When.</param>
    public void Tell(JobEvent state, DateTimeOffset now)
    {
        var next = state with { Sequence = _present.Sequence, At = _present.At };
        if (next == _present) return;
        _present = next with { Sequence = _present.Sequence + 1, At = now };
        var changed = _changed;
        _changed = New();
        changed.TrySetResult();
    }

    /// <summary>The present state, each change, and the newest again every second, until it is at rest.</summary>
    /// <param name="askWhyWaiting">Asked of a job that is queued; null where nobody knows.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellation">Ends it.</param>
    public async IAsyncEnumerable<JobEvent> Watch(
        Func<Task<string?>> askWhyWaiting, TimeProvider time, [EnumeratorCancellation] CancellationToken cancellation)
    {
        while (true)
        {
            // In this order: what changes in between is seen twice, and never missed.
            var changed = _changed.Task;
            var present = _present;
            yield return present;
            if (present.Phase.IsAtRest()) yield break;
            await Task.WhenAny(changed, Task.Delay(s_heartbeat, time, cancellation));
            cancellation.ThrowIfCancellationRequested();
            if (changed.IsCompleted || present.Phase != JobPhase.Queued) continue;
            if (await askWhyWaiting() is { } reason && !changed.IsCompleted)
                Tell(present with { Message = reason }, time.GetUtcNow());
        }
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
