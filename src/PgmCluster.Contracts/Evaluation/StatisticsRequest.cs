using System.Text.Json.Serialization;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Contracts.State;

namespace PgmCluster.Contracts.Evaluation;

/// <summary>Features of real images and their statistics, to compare generated ones with.</summary>
[GenerateSerializer, Immutable, Alias("pgm.StatisticsRequest")]
public sealed record StatisticsRequest : IScheduledRequest
{
    /// <summary>A registered dataset.</summary>
    [Id(0)] public required string Dataset { get; init; }

    /// <summary>One of its splits.</summary>
    [Id(1)] public string Split { get; init; } = "train";

    /// <summary>So many images, drawn from all of the split; 0 takes all.</summary>
    [Id(2)] public int Images { get; init; }

    /// <summary>Side in pixels to which images are prepared, as the model to be compared makes them.</summary>
    [Id(3)] public required int ImageSize { get; init; }

    /// <summary>Completed training run of kind "classifier"; null for Inception's features.</summary>
    [Id(4)] public string? Classifier { get; init; }

    /// <summary>File with Inception's weights as the silos see it; needed for Inception's features only.</summary>
    [Id(5)] public string? Inception { get; init; }

    /// <summary>Images per chunk.</summary>
    [Id(6)] public int ChunkSize { get; init; } = 2000;

    /// <summary>Images per batch.</summary>
    [Id(7)] public int BatchSize { get; init; } = 100;

    /// <summary>CPU threads; 0 takes the default and records it.</summary>
    [Id(8)] public int Threads { get; init; }

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
