using PgmCluster.Data.Artifacts;
using PgmCluster.Execution.Work;

namespace PgmCluster.Execution.Documents;

/// <summary>Document of <see cref="WorkKinds.TokenizeShard"/>; the result is a <see cref="TokenizeShardResult"/>.</summary>
public sealed record TokenizeShardWork
{
    /// <summary>Artifact to write: the same bytes whoever makes it.</summary>
    public required string Output { get; init; }

    public required ArtifactInfo Tokenizer { get; init; }

    public required ImageRange Images { get; init; }

    public required int BatchSize { get; init; }

    public required int Threads { get; init; }

    /// <summary>The images are mirrored left to right, after they were resized and cut.</summary>
    public bool Flip { get; init; }

    /// <summary>
    /// The file says which pictures it was made from, and not of which dataset: that of equal pictures is the same file. False in documents
    /// of versions before.
    /// </summary>
    public bool ByPictures { get; init; }

    /// <summary>So many of the images may be left out that cannot be decoded.</summary>
    public int SkipBad { get; init; }
}
