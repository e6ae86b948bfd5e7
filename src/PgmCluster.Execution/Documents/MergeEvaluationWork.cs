using PgmCluster.Data.Artifacts;
using PgmCluster.Execution.Work;

namespace PgmCluster.Execution.Documents;

/// <summary>
/// Document of <see cref="WorkKinds.MergeEvaluation"/>: folds the chunks in index order. The result is a <see cref="EvaluationResult"/>.
/// </summary>
public sealed record MergeEvaluationWork
{
    /// <summary>Features of the images that the others are compared with.</summary>
    public required IReadOnlyList<ArtifactInfo> Reference { get; init; }

    /// <summary>Their statistics where they were made before; null to fold <see cref="Reference"/>.</summary>
    public ArtifactInfo? Statistics { get; init; }

    public required IReadOnlyList<ArtifactInfo> Real { get; init; }
    public required IReadOnlyList<ArtifactInfo> Reconstructed { get; init; }
    public required IReadOnlyList<ArtifactInfo> Generated { get; init; }
    public required int Threads { get; init; }

    /// <summary>Whether the generated chunks hold Inception's logits.</summary>
    public bool InceptionScore { get; init; }

    /// <summary>Images in all generated chunks; needed for the Inception score only.</summary>
    public int GeneratedImages { get; init; }

    /// <summary>Decides into which split of the Inception score an image falls.</summary>
    public long Seed { get; init; }
}
