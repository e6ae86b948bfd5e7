using PgmCluster.Contracts.Jobs;

namespace PgmCluster.Grains.Jobs;

/// <summary>
/// What watchers of a job see: its newest durable state. Kept apart from the state record, which a turn changes before it is written.
/// </summary>
internal sealed class JobFeed
{
    private TaskCompletionSource _changed = New();

    public JobEvent Present { get; private set; } = new();

    /// <summary>Ends at the next change. To be taken before <see cref="Present"/> is read.</summary>
    public Task Changed => _changed.Task;

    public void Tell(JobPhase phase, JobProgress progress, string? message, DateTimeOffset now)
    {
        var next = new JobEvent { Sequence = Present.Sequence, Phase = phase, Progress = progress, Message = message, At = Present.At };
        if (next == Present) return;
        Present = next with { Sequence = Present.Sequence + 1, At = now };
        var changed = _changed;
        _changed = New();
        changed.TrySetResult();
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
