using PgmCluster.Data.Artifacts;

namespace PgmCluster.Execution.Documents;

/// <summary>Images of a source by position.</summary>
/// <param name="Location">As in <c>ImageSources.Open</c>.</param>
/// <param name="ContentSha256">Hash of the source at registration; what is read is checked against it.</param>
/// <param name="Start">First position.</param>
/// <param name="Count">Number of images.</param>
public sealed record ImageRange(string Location, string ContentSha256, int Start, int Count)
{
    /// <summary>
    /// The <see cref="Data.Sources.DatasetIndex"/> in whose order positions count; null for the order of the source, as of datasets that
    /// were registered before there were indexes.
    /// </summary>
    public ArtifactInfo? Index { get; init; }

    /// <summary>
    /// Where set, positions count from 0 in a fixed permutation of that run of images; null where they count as they come.
    /// </summary>
    public ImageRun? Shuffled { get; init; }
}
