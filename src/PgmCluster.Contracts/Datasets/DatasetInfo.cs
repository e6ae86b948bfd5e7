namespace PgmCluster.Contracts.Datasets;

/// <summary>A registered dataset.</summary>
[GenerateSerializer, Immutable, Alias("pgm.DatasetInfo")]
public sealed record DatasetInfo
{
    [Id(0)] public required string Name { get; init; }

    [Id(1)] public required string Location { get; init; }

    /// <summary>"idx" or "image-folder".</summary>
    [Id(2)] public required string SourceKind { get; init; }

    [Id(3)] public required int Images { get; init; }

    [Id(4)] public required IReadOnlyList<string> ClassNames { get; init; }

    /// <summary>"train" and, if images were set aside, "validation".</summary>
    [Id(5)] public required IReadOnlyList<DatasetSplitInfo> Splits { get; init; }

    /// <summary>SHA-256 over the images and labels, lower-case hex.</summary>
    [Id(6)] public required string ContentSha256 { get; init; }

    [Id(7)] public DateTimeOffset RegisteredAt { get; init; }
}
