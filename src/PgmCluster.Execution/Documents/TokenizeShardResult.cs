using PgmCluster.Data.Artifacts;
using PgmCluster.Execution.Work;

namespace PgmCluster.Execution.Documents;

/// <summary>Result of tokenizing one shard.</summary>
public sealed record TokenizeShardResult
{
    public required ArtifactInfo File { get; init; }
    public required int Images { get; init; }
    public required int Height { get; init; }
    public required int Width { get; init; }
    public required int Codebook { get; init; }

    /// <summary>Bit c of byte c/8 is set where code c occurs.</summary>
    public required byte[] CodeBitmap { get; init; }

    /// <summary>The images were mirrored: a device of a version before does not know that it was to.</summary>
    public bool Flipped { get; init; }

    /// <summary>Images that cannot be decoded, in their order; they count nowhere else.</summary>
    public IReadOnlyList<BadImage> Skipped { get; init; } = [];
}
