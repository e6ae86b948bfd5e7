namespace PgmCluster.Contracts.Jobs;

/// <summary>What a job made and what it was made from, each by content: as the job's own record says it.</summary>
[GenerateSerializer, Immutable, Alias("pgm.Origin")]
public sealed record Origin
{
    /// <summary>The job's id.</summary>
    [Id(0)] public required string Job { get; init; }

    /// <summary>"tokens", "weights", "images", "scores", "statistics", "files" or "manifest".</summary>
    [Id(1)] public required string Made { get; init; }

    /// <summary>The job in one line.</summary>
    [Id(2)] public required string Summary { get; init; }

    /// <summary>SHA-256 of what it made, lower-case hex, of several files as <see cref="OriginHash"/>; null before it is done.</summary>
    [Id(3)] public string? Sha256 { get; init; }

    /// <summary>The files that it made; empty before it is done, and for scores, which are no file.</summary>
    [Id(4)] public IReadOnlyList<ArtifactReference> Artifacts { get; init; } = [];

    /// <summary>What it was made from.</summary>
    [Id(5)] public required IReadOnlyList<OriginSource> From { get; init; }

    /// <summary>Hashes, as <see cref="Sha256"/>, of what it made besides and others may be made from, such as mirrored images.</summary>
    [Id(6)] public IReadOnlyList<string> MoreSha256 { get; init; } = [];
}
