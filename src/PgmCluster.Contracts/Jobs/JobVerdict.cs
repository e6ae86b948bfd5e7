namespace PgmCluster.Contracts.Jobs;

/// <summary>What became of a job that was to be deleted.</summary>
[GenerateSerializer, Immutable, Alias("pgm.JobVerdict")]
public sealed record JobVerdict
{
    [Id(0)] public required string Id { get; init; }

    [Id(1)] public JobKind? Kind { get; init; }

    [Id(2)] public string Summary { get; init; } = "";

    [Id(3)] public DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it came to rest.</summary>
    [Id(4)] public DateTimeOffset AtRestSince { get; init; }

    /// <summary>Why it was not deleted, in words; null where it was.</summary>
    [Id(5)] public string? Stays { get; init; }
}
