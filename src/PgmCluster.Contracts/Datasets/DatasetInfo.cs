using System.Text.Json.Serialization;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Contracts.State;

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

    /// <summary>
    /// The order that the splits are ranges of, and what each image's file was: drawn by a seed from the images' content, every class in
    /// the share that it has in all. Null in datasets that were registered before: their splits are ranges of the source's own order.
    /// </summary>
    [Id(8)] public ArtifactReference? Index { get; init; }

    /// <summary>Images of each class in the split "train"; null where <see cref="Index"/> is.</summary>
    [Id(9)] public IReadOnlyList<int>? TrainingImagesByClass { get; init; }

    /// <summary>Images of each class in the split "validation"; null where <see cref="Index"/> is.</summary>
    [Id(10)] public IReadOnlyList<int>? ValidationImagesByClass { get; init; }

    /// <summary>
    /// Files among the images that are of other kinds, such as "6 files left out: .gif 1, .tif 5"; null where there is none.
    /// </summary>
    [Id(11)] public string? LeftOut { get; init; }

    /// <summary>What a newer version has stored here; kept as it is.</summary>
    [JsonExtensionData]
    [field: NonSerialized]
    public UnknownMembers? Unknown { get; init; }
}
