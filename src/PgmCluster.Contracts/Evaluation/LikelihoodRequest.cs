using System.Text.Json.Serialization;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Contracts.Sampling;
using PgmCluster.Contracts.State;

namespace PgmCluster.Contracts.Evaluation;

/// <summary>
/// How probable a model finds images' tokens: exact under one order of the cells, cut into steps, without guidance.
/// </summary>
[GenerateSerializer, Immutable, Alias("pgm.LikelihoodRequest")]
public sealed record LikelihoodRequest : IScheduledRequest
{
    /// <summary>Completed training run of a generative model.</summary>
    [Id(0)] public required string Model { get; init; }

    /// <summary>Completed tokenization by the tokenizer whose codes the model draws.</summary>
    [Id(1)] public required string Tokens { get; init; }

    /// <summary>One of the splits that were tokenized.</summary>
    [Id(2)] public string Split { get; init; } = "validation";

    /// <summary>So many images, one of each of as many equal stretches of the split; 0 takes all.</summary>
    [Id(3)] public int Images { get; init; }

    /// <summary>One of <see cref="LikelihoodOrders"/>.</summary>
    [Id(4)] public string Order { get; init; } = LikelihoodOrders.Halton;

    /// <summary>Steps in which the cells are revealed.</summary>
    [Id(5)] public int Steps { get; init; } = 16;

    /// <summary>
    /// Curve of the share of known cells over the steps: "arccos", "cosine", "linear", "root" or "square" (<see cref="CurveNames"/>).
    /// </summary>
    [Id(6)] public string Curve { get; init; } = CurveNames.Arccos;

    /// <summary>Decides the distances of <see cref="LikelihoodOrders.Rolled"/>.</summary>
    [Id(7)] public long Seed { get; init; }

    /// <summary>Use the averaged weights where the run has them.</summary>
    [Id(8)] public bool UseEma { get; init; } = true;

    /// <summary>
    /// Type of the model's products, "float32" or "bfloat16" (<see cref="PrecisionNames"/>). Logits are float32 and probabilities float64 either way.
    /// </summary>
    [Id(9)] public string Precision { get; init; } = PrecisionNames.Float32;

    /// <summary>Images per chunk.</summary>
    [Id(10)] public int ChunkSize { get; init; } = 250;

    /// <summary>Images per forward pass.</summary>
    [Id(11)] public int BatchSize { get; init; } = 100;

    /// <summary>CPU threads; 0 takes the default and records it.</summary>
    [Id(12)] public int Threads { get; init; }

    /// <summary>How its work is queued. The result does not depend on it, and a repetition of the request may name another.</summary>
    [Id(13)] public Scheduling? Scheduling { get; init; }

    /// <summary>What a newer version has stored here; kept as it is.</summary>
    [JsonExtensionData]
    [field: NonSerialized]
    public UnknownMembers? Unknown { get; init; }
}
