namespace PgmCluster.Contracts.Datasets;

/// <summary>Registers images that the silos can read.</summary>
[GenerateSerializer, Immutable, Alias("pgm.DatasetRequest")]
public sealed record DatasetRequest
{
    /// <summary>A directory with IDX files (MNIST, Fashion-MNIST) or with one folder of images per class, as the silos see it.</summary>
    [Id(0)] public required string Location { get; init; }

    /// <summary>How many images make the validation split. They are drawn by content, from every class in its share.</summary>
    [Id(1)] public int ValidationImages { get; init; }

    /// <summary>
    /// Share of the images, above 0 and below 1, that makes the validation split: at least two, since a covariance needs as many. A dataset
    /// that is registered keeps the split that it has. 0 where <see cref="ValidationImages"/> says how many.
    /// </summary>
    [Id(2)] public double ValidationShare { get; init; }
}
