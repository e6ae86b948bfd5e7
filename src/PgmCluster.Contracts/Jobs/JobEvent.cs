namespace PgmCluster.Contracts.Jobs;

/// <summary>One item of <see cref="IJobGrain.Watch"/>: the job's state at a moment.</summary>
[GenerateSerializer, Immutable, Alias("pgm.JobEvent")]
public sealed record JobEvent
{
    /// <summary>Grows with every change of one activation of the job; a heartbeat repeats the last one.</summary>
    [Id(0)] public long Sequence { get; init; }

    [Id(1)] public JobPhase Phase { get; init; }

    [Id(2)] public JobProgress Progress { get; init; } = new();

    /// <summary>Why the job is in this phase, where that needs words: the error, what it waits for.</summary>
    [Id(3)] public string? Message { get; init; }

    [Id(4)] public DateTimeOffset At { get; init; }
}
