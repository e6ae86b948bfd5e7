using System.Text.Json.Serialization;
using PgmCluster.Contracts.State;

namespace PgmCluster.Contracts.Datasets;

/// <summary>Registers images that the silos can read.</summary>
[GenerateSerializer, Immutable, Alias("pgm.DatasetRequest")]
public sealed record DatasetRequest
{
    /// <summary>
    /// A directory, or a single archive, as the silos see it: in one of the formats of <c>deploy/docs/data.md</c>; or an address of the
    /// web: a file, names with braces, a directory's page or a text that lists files.
    /// </summary>
    [Id(0)] public required string Location { get; init; }

    /// <summary>
    /// How many images make the validation split. They are drawn by content, from every class in its share. 0 takes the splits that the
    /// source has, if it has any.
    /// </summary>
    [Id(1)] public int ValidationImages { get; init; }

    /// <summary>
    /// Share of the images, above 0 and below 1, that makes the validation split where the source has none: at least two, since a
    /// covariance needs as many. A dataset that is registered keeps the split that it has. 0 where <see cref="ValidationImages"/> says how
    /// many.
    /// </summary>
    [Id(2)] public double ValidationShare { get; init; }

    /// <summary>
    /// How the data are laid out: "webdataset", "parquet", "folder", "imagenet", "coco", "cifar", "cifar-python", "stl10", "idx" or "list";
    /// null to have it recognised.
    /// </summary>
    [Id(3)] public string? Format { get; init; }

    /// <summary>So many images may be unreadable; they are left out and listed. With more, the registration fails and names them.</summary>
    [Id(4)] public int SkipUnreadable { get; init; }

    /// <summary>
    /// What transparent pixels are composed on wherever an image of the dataset is read: "white", "black" or "#rrggbb". Null drops their
    /// alpha, as the reference does. Another background is another version of the dataset.
    /// </summary>
    [Id(5)] public string? Background { get; init; }

    /// <summary>Everything is read, also files whose size and time are as they were when they were read before.</summary>
    [Id(6)] public bool Verify { get; init; }

    /// <summary>What a newer version has stored here; kept as it is.</summary>
    [JsonExtensionData]
    [field: NonSerialized]
    public UnknownMembers? Unknown { get; init; }
}
