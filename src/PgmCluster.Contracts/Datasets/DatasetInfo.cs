using System.Text.Json.Serialization;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Contracts.State;

namespace PgmCluster.Contracts.Datasets;

/// <summary>A registered dataset.</summary>
[GenerateSerializer, Immutable, Alias("pgm.DatasetInfo")]
public sealed record DatasetInfo
{
    /// <summary>The name that jobs call it by.</summary>
    [Id(0)] public required string Name { get; init; }

    /// <summary>Where it was read from, as the silos see it.</summary>
    [Id(1)] public required string Location { get; init; }

    /// <summary>The format, as in <see cref="DatasetRequest.Format"/>; "idx" or "image-folder" of before there were manifests.</summary>
    [Id(2)] public required string SourceKind { get; init; }

    /// <summary>Images of all splits.</summary>
    [Id(3)] public required int Images { get; init; }

    /// <summary>Names of the classes; a label is an index into them.</summary>
    [Id(4)] public required IReadOnlyList<string> ClassNames { get; init; }

    /// <summary>"train" and, if there are such images, "validation"; behind them others that the source names.</summary>
    [Id(5)] public required IReadOnlyList<DatasetSplitInfo> Splits { get; init; }

    /// <summary>SHA-256 over the images and labels, lower-case hex.</summary>
    [Id(6)] public required string ContentSha256 { get; init; }

    /// <summary>When its present content was registered; UTC.</summary>
    [Id(7)] public DateTimeOffset RegisteredAt { get; init; }

    /// <summary>
    /// The order that the splits are ranges of: drawn by a seed from the images' content, every class in the share that it has in all. Null
    /// where the splits are the source's own, and in datasets that were registered before there were draws: then images count as they lie
    /// in the shards, or in the source.
    /// </summary>
    [Id(8)] public ArtifactReference? Index { get; init; }

    /// <summary>Images of each class in the split "train"; null where that was not recorded.</summary>
    [Id(9)] public IReadOnlyList<int>? TrainingImagesByClass { get; init; }

    /// <summary>Images of each class in the split "validation"; null where that was not recorded.</summary>
    [Id(10)] public IReadOnlyList<int>? ValidationImagesByClass { get; init; }

    /// <summary>
    /// Files among the images that are of other kinds, such as "6 files left out: .gif 1, .tif 5"; null where there is none.
    /// </summary>
    [Id(11)] public string? LeftOut { get; init; }

    /// <summary>
    /// What the dataset is: its shards, the hash of each image, classes and splits. Null in datasets that were registered before there were
    /// manifests.
    /// </summary>
    [Id(12)] public ArtifactReference? Manifest { get; init; }

    /// <summary>How many shards it has; null where <see cref="Manifest"/> is null.</summary>
    [Id(13)] public int? Shards { get; init; }

    /// <summary>How large the images are, such as "28x28"; null where that was not recorded.</summary>
    [Id(14)] public string? Sizes { get; init; }

    /// <summary>Images that cannot be decoded and are left out, by their names.</summary>
    [Id(15)] public IReadOnlyList<string>? Unreadable { get; init; }

    /// <summary>What a user should know of the source, a clause each.</summary>
    [Id(16)] public IReadOnlyList<string>? Remarks { get; init; }

    /// <summary>Counts the contents that the name has had; null is the first.</summary>
    [Id(17)] public int? Version { get; init; }

    /// <summary>What transparent pixels are composed on, "#rrggbb"; null where their alpha is dropped.</summary>
    [Id(18)] public string? Background { get; init; }

    /// <summary>
    /// At i the images whose shorter side has 2^i pixels or more, and fewer than 2^(i+1); null where that was not recorded.
    /// </summary>
    [Id(19)] public IReadOnlyList<int>? ShorterSides { get; init; }

    /// <summary>What a newer version has stored here; kept as it is.</summary>
    [JsonExtensionData]
    [field: NonSerialized]
    public UnknownMembers? Unknown { get; init; }
}
