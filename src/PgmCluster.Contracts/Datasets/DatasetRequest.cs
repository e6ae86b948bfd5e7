namespace PgmCluster.Contracts.Datasets;

/// <summary>Registers images that the silos can read.</summary>
[GenerateSerializer, Immutable, Alias("pgm.DatasetRequest")]
public sealed record DatasetRequest
{
    /// <summary>A directory with IDX files (MNIST, Fashion-MNIST) or with one folder of images per class, as the silos see it.</summary>
    [Id(0)] public required string Location { get; init; }

    /// <summary>How many images, the last ones by index, make the validation split.</summary>
    [Id(1)] public int ValidationImages { get; init; }
}
