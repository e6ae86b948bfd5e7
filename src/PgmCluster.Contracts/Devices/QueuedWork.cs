namespace PgmCluster.Contracts.Devices;

/// <summary>A line of the scheduler's queue.</summary>
[GenerateSerializer, Immutable, Alias("pgm.QueuedWork")]
public sealed record QueuedWork
{
    [Id(0)] public required string WorkId { get; init; }

    [Id(1)] public required long Generation { get; init; }

    /// <summary>The worker that has it; null while it waits.</summary>
    [Id(2)] public string? Worker { get; init; }

    /// <summary>One line: why it waits.</summary>
    [Id(3)] public string? Reason { get; init; }

    [Id(4)] public DateTimeOffset SubmittedAt { get; init; }
}
