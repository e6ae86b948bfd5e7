namespace PgmCluster.Contracts.Devices;

/// <summary>A line of the scheduler's queue.</summary>
[GenerateSerializer, Immutable, Alias("pgm.QueuedWork")]
public sealed record QueuedWork
{
    /// <summary>The job's id, or JOB/UNIT.</summary>
    [Id(0)] public required string WorkId { get; init; }

    /// <summary>The fence of its present owner: what carries an older one is refused.</summary>
    [Id(1)] public required long Generation { get; init; }

    /// <summary>The worker that has it, of a gang the first; null while it waits.</summary>
    [Id(2)] public string? Worker { get; init; }

    /// <summary>One line: why it waits, or has less than it wants.</summary>
    [Id(3)] public string? Reason { get; init; }

    /// <summary>When it was queued first; UTC.</summary>
    [Id(4)] public DateTimeOffset SubmittedAt { get; init; }

    /// <summary>Kind of the work item.</summary>
    [Id(5)] public string Kind { get; init; } = "";

    /// <summary>For whom it is done; empty where nobody was named.</summary>
    [Id(6)] public string User { get; init; } = "";

    /// <summary>Higher goes first.</summary>
    [Id(7)] public int Priority { get; init; }

    /// <summary>With fewer devices it does not begin.</summary>
    [Id(8)] public int MinWorkers { get; init; } = 1;

    /// <summary>More devices than that it does not take.</summary>
    [Id(9)] public int MaxWorkers { get; init; } = 1;

    /// <summary>All workers that have it.</summary>
    [Id(10)] public IReadOnlyList<string> Workers { get; init; } = [];

    /// <summary>Since when it waits without a break; null while it has a device.</summary>
    [Id(11)] public DateTimeOffset? WaitingSince { get; init; }
}
