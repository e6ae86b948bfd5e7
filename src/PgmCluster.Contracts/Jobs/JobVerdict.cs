namespace PgmCluster.Contracts.Jobs;

/// <summary>What became of a job that was to be deleted.</summary>
[GenerateSerializer, Immutable, Alias("pgm.JobVerdict")]
public sealed record JobVerdict
{
    /// <summary>The job's id.</summary>
    /// <summary>Of the job.</summary>
    [Id(0)] public required string Id { get; init; }

    /// <summary>Its kind.</summary>
    /// <summary>Null where an older version did not note it.</summary>
    [Id(1)] public JobKind? Kind { get; init; }

    /// <summary>One line for lists.</summary>
    /// <summary>One line for lists.</summary>
    [Id(2)] public string Summary { get; init; } = "";

    /// <summary>When it was first submitted; UTC.</summary>
    /// <summary>When it was started first.</summary>
    [Id(3)] public DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it came to rest.</summary>
    [Id(4)] public DateTimeOffset AtRestSince { get; init; }

    /// <summary>Why it was not deleted, in words; null where it was.</summary>
    [Id(5)] public string? Stays { get; init; }
}
