using System.Text.Json.Serialization;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Contracts.Sampling;
using PgmCluster.Contracts.State;

namespace PgmCluster.Contracts.Evaluation;

/// <summary>
/// Scores of generated images, beside the same scores of held-out real images and of the tokenizer's reconstructions of them.
/// Features come from a classifier trained on the real images, or from the FID Inception network.
/// </summary>
[GenerateSerializer, Immutable, Alias("pgm.EvaluationRequest")]
public sealed record EvaluationRequest : IScheduledRequest
{
    /// <summary>Completed training run of kind "pgm", "pgm-once" or "maskgit".</summary>
    [Id(0)] public required string Model { get; init; }

    /// <summary>Completed training run of kind "classifier"; needed for its features, unused for Inception's.</summary>
    [Id(1)] public string? Classifier { get; init; }

    /// <summary>
    /// Generated images, any number of them; held-out real ones as many as the validation split has, at most this number.
    /// </summary>
    [Id(2)] public int Images { get; init; } = 1000;

    /// <summary>Decides every draw, together with the chunk size.</summary>
    [Id(3)] public long Seed { get; init; }

    /// <summary>Images per chunk; each chunk has a seed of its own.</summary>
    [Id(4)] public int ChunkSize { get; init; } = 250;

    /// <summary>How tokens are drawn.</summary>
    [Id(5)] public SamplingSettings Settings { get; init; } = new();

    /// <summary>One of <see cref="FeatureKinds"/>.</summary>
    [Id(6)] public string Features { get; init; } = FeatureKinds.Classifier;

    /// <summary>File with Inception's weights as the silos see it; needed for Inception's features only.</summary>
    [Id(7)] public string? Inception { get; init; }

    /// <summary>Completed reference statistics to compare with; null compares with the whole training split.</summary>
    [Id(8)] public string? Statistics { get; init; }

    /// <summary>How its work is queued. The result does not depend on it, and a repetition of the request may name another.</summary>
    [Id(9)] public Scheduling? Scheduling { get; init; }

    /// <summary>The file <see cref="Inception"/> where the client has stored it; null has the silo read and store it.</summary>
    [Id(10)] public ArtifactReference? InceptionWeights { get; init; }

    /// <summary>
    /// So many images that cannot be decoded are left out and listed; with more the job fails and names them. What is made of the others
    /// does not depend on it: a job that failed goes on where the same request comes with another number.
    /// </summary>
    [Id(11)] public int SkipBad { get; init; }

    /// <summary>What a newer version has stored here; kept as it is.</summary>
    [JsonExtensionData]
    [field: NonSerialized]
    public UnknownMembers? Unknown { get; init; }
}
