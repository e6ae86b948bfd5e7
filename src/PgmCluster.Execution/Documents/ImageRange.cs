using PgmCluster.Data.Artifacts;

namespace PgmCluster.Execution.Documents;

/// <summary>Images of a dataset by position.</summary>
/// <param name="Location">Where the files lie that the manifest names; nothing is searched there.</param>
/// <param name="ContentSha256">Hash of the dataset's content.</param>
/// <param name="Start">First position.</param>
/// <param name="Count">Number of images.</param>
public sealed record ImageRange(string Location, string ContentSha256, int Start, int Count)
{
    /// <summary>
    /// The <see cref="Data.Manifests.DatasetManifest"/>: shards, and the hash of each picture, with which it is compared when it is read.
    /// Null in documents from before there were manifests: then the source is looked at and compared as a whole.
    /// </summary>
    public ArtifactInfo? Manifest { get; init; }

    /// <summary>
    /// The <see cref="Data.Sources.DatasetIndex"/> in whose order positions count; null where they count as pictures lie in the shards (or
    /// in the source).
    /// </summary>
    public ArtifactInfo? Index { get; init; }

    /// <summary>
    /// Where set, positions count from 0 in a fixed permutation of that run of images; null where they count as they come.
    /// </summary>
    public ImageRun? Shuffled { get; init; }
}
