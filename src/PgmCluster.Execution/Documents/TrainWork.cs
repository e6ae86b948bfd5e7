using PgmCluster.Data.Artifacts;
using PgmCluster.Execution.Work;

namespace PgmCluster.Execution.Documents;

/// <summary>
/// Document of <see cref="WorkKinds.Train"/>. While running it publishes a <see cref="CheckpointRecord"/> after each checkpoint; the result
/// is a <see cref="TrainResult"/>.
/// </summary>
public sealed record TrainWork
{
    public required string RunId { get; init; }

    /// <summary>The resolved specification.</summary>
    public required string Specification { get; init; }

    public required string SpecificationSha256 { get; init; }

    /// <summary>Images to train on; null for kinds that train on tokens.</summary>
    public ImageRange? Images { get; init; }

    /// <summary>
    /// So many of the images may be undecodable; the next one is trained on in the place of each. Counted are those that this device has
    /// met.
    /// </summary>
    public int SkipBad { get; init; }

    /// <summary>Token shards in index order; null for kinds that train on images.</summary>
    public IReadOnlyList<ArtifactInfo>? Tokens { get; init; }

    /// <summary>
    /// Token shards of the mirrored images, as many as <see cref="Tokens"/>: for each use of an image a draw says which of the two. Null
    /// for none.
    /// </summary>
    public IReadOnlyList<ArtifactInfo>? Flipped { get; init; }

    /// <summary>
    /// Weights of the tokenizer behind <see cref="Tokens"/>, for samples during training; null for kinds that train on images.
    /// </summary>
    public ArtifactInfo? Tokenizer { get; init; }

    /// <summary>Checkpoint file of any readable kind to begin with; null begins with fresh weights.</summary>
    public ArtifactInfo? From { get; init; }

    /// <summary>Which of several models in <see cref="From"/>, such as "ema"; null for the usual one.</summary>
    public string? FromWeights { get; init; }

    /// <summary>End at once with the weights of <see cref="From"/>.</summary>
    public bool AsIs { get; init; }

    /// <summary>Recorded checkpoints, newest first; the first that is intact is gone on from. Empty: from the beginning.</summary>
    public IReadOnlyList<CheckpointRecord> Checkpoints { get; init; } = [];
}
