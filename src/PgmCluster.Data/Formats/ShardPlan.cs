using PgmCluster.Data.Blobs;

namespace PgmCluster.Data.Formats;

/// <summary>The unit in which a dataset is indexed, read and tokenized, as known from listing alone.</summary>
/// <param name="Name">Unique within the dataset: the file's name, or of the first of a run of files.</param>
/// <param name="Split">The source's own split that it belongs to; null where the source has none.</param>
/// <param name="Files">What it lies in, in order.</param>
public sealed record ShardPlan(string Name, string? Split, IReadOnlyList<Blob> Files)
{
    /// <summary>
    /// The label of each file as written, where each file is a picture and the listing tells its label; null where the files themselves do.
    /// </summary>
    public IReadOnlyList<string?>? Labels { get; init; }

    /// <summary>The name of each file's picture within the dataset, where that is another than the file's; null where it is none.</summary>
    public IReadOnlyList<string>? Keys { get; init; }

    /// <summary>What is said about each file's picture, where the listing tells it, a line each; null where it does not.</summary>
    public IReadOnlyList<string>? Captions { get; init; }
}
