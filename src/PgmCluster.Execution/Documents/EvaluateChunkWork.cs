using PgmCluster.Data.Artifacts;
using PgmCluster.Execution.Specifications;
using PgmCluster.Execution.Work;

namespace PgmCluster.Execution.Documents;

/// <summary>
/// Document of <see cref="WorkKinds.EvaluateChunk"/>: features of one chunk as a hashed artifact. The result is an
/// <see cref="EvaluateChunkResult"/>.
/// </summary>
public sealed record EvaluateChunkWork
{
    public required string Output { get; init; }

    public required EvaluationSubject Subject { get; init; }

    /// <summary>Weights of the classifier whose features are taken; null where they are Inception's.</summary>
    public ArtifactInfo? Classifier { get; init; }

    /// <summary>Weights of the FID Inception network; null where the features are a classifier's.</summary>
    public ArtifactInfo? Inception { get; init; }

    /// <summary>Side in pixels that the images must have; 0 takes the classifier's or the tokenizer's.</summary>
    public int ImageSize { get; init; }

    /// <summary>The chunk's images; null for generated ones.</summary>
    public ImageRange? Images { get; init; }

    /// <summary>For reconstructed and generated images; for others where it says how large the images are.</summary>
    public ArtifactInfo? Tokenizer { get; init; }

    /// <summary>For generated images, as the next three.</summary>
    public ArtifactInfo? Model { get; init; }

    public IReadOnlyList<int> Labels { get; init; } = [];

    public long Seed { get; init; }

    /// <summary>Batch size and threads hold for every subject.</summary>
    public required SamplerSettings Settings { get; init; }

    /// <summary>So many of the images may be left out that cannot be decoded.</summary>
    public int SkipBad { get; init; }
}
