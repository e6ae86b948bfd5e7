namespace PgmCluster.Contracts.Jobs;

/// <summary>A job as its grain knows it.</summary>
[GenerateSerializer, Immutable, Alias("pgm.JobStatus")]
public sealed record JobStatus
{
    [Id(0)] public required string Id { get; init; }

    [Id(1)] public required JobKind Kind { get; init; }

    [Id(2)] public required JobPhase Phase { get; init; }

    [Id(3)] public JobProgress Progress { get; init; } = new();

    /// <summary>How often the job was started from a durable state.</summary>
    [Id(4)] public int Attempt { get; init; }

    /// <summary>
    /// The fence of a job that is one piece of work: strictly increasing, persisted before use. What carries an older one is refused. The
    /// units of other jobs have a fence each.
    /// </summary>
    [Id(5)] public long Generation { get; init; }

    /// <summary>One line: the error of a failed job, what a waiting one waits for.</summary>
    [Id(6)] public string? Message { get; init; }

    [Id(7)] public DateTimeOffset CreatedAt { get; init; }

    [Id(8)] public DateTimeOffset? StartedAt { get; init; }

    [Id(9)] public DateTimeOffset? FinishedAt { get; init; }

    /// <summary>One line for lists: preset and data, such as "pgm-fashion on fashion-mnist".</summary>
    [Id(10)] public string Summary { get; init; } = "";
}
