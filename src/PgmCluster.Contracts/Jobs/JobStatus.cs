namespace PgmCluster.Contracts.Jobs;

/// <summary>A job as its grain knows it.</summary>
[GenerateSerializer, Immutable, Alias("pgm.JobStatus")]
public sealed record JobStatus
{
    /// <summary>The job's id: the key of its grain.</summary>
    [Id(0)] public required string Id { get; init; }

    /// <summary>Its kind, which tells the grain's interface.</summary>
    [Id(1)] public required JobKind Kind { get; init; }

    /// <summary>Where it stands.</summary>
    [Id(2)] public required JobPhase Phase { get; init; }

    /// <summary>How far it is.</summary>
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

    /// <summary>When it was first submitted; UTC.</summary>
    [Id(7)] public DateTimeOffset CreatedAt { get; init; }

    /// <summary>When a device took it first; null before; UTC.</summary>
    [Id(8)] public DateTimeOffset? StartedAt { get; init; }

    /// <summary>When it came to rest; null while it has not; UTC.</summary>
    [Id(9)] public DateTimeOffset? FinishedAt { get; init; }

    /// <summary>One line for lists: preset and data, such as "pgm-fashion on fashion-mnist".</summary>
    [Id(10)] public string Summary { get; init; } = "";

    /// <summary>As it was started with (<see cref="Scheduling.Labels"/>); null for none.</summary>
    [Id(11)] public IReadOnlyDictionary<string, string>? Labels { get; init; }
}
