namespace PgmCluster.Contracts.Jobs;

/// <summary>One item of <see cref="IJobGrain.Watch"/>: the job's state at a moment.</summary>
[GenerateSerializer, Immutable, Alias("pgm.JobEvent")]
public sealed record JobEvent
{
    /// <summary>Grows with every change of one activation of the job; a heartbeat repeats the last one.</summary>
    [Id(0)] public long Sequence { get; init; }

    /// <summary>Where the job stands.</summary>
    [Id(1)] public JobPhase Phase { get; init; }

    /// <summary>How far it is.</summary>
    [Id(2)] public JobProgress Progress { get; init; } = new();

    /// <summary>Why the job is in this phase, where that needs words: the error, what it waits for.</summary>
    [Id(3)] public string? Message { get; init; }

    /// <summary>When the silo said so, by its clock; UTC.</summary>
    [Id(4)] public DateTimeOffset At { get; init; }

    /// <summary>As in <see cref="JobStatus.Attempt"/>; 0 from silos of versions before.</summary>
    [Id(5)] public int Attempt { get; init; }

    /// <summary>
    /// As in <see cref="JobStatus.Generation"/>: where it has grown, the work was taken anew, after a loss for example, and progress may begin
    /// behind where it was. 0 from silos of versions before.
    /// </summary>
    [Id(6)] public long Generation { get; init; }
}
