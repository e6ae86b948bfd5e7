using System.Text.Json.Serialization;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Contracts.State;

namespace PgmCluster.Contracts.Training;

/// <summary>What a completed training run made.</summary>
[GenerateSerializer, Immutable, Alias("pgm.TrainingResult")]
public sealed record TrainingResult
{
    /// <summary>Optimizer steps of the run.</summary>
    [Id(0)] public required long Steps { get; init; }

    /// <summary>Mean loss of the last 50 steps (or of all, if fewer).</summary>
    [Id(1)] public required double FinalLoss { get; init; }

    /// <summary>Trainable parameters.</summary>
    [Id(2)] public required long Parameters { get; init; }

    /// <summary>SHA-256 over parameters and persistent buffers in state-dict order: name, dtype, shape, little-endian bytes.</summary>
    [Id(3)] public required string WeightsSha256 { get; init; }

    /// <summary>The weights as safetensors; their metadata holds the resolved specification.</summary>
    [Id(4)] public required ArtifactReference Weights { get; init; }

    /// <summary>The last checkpoint: weights, optimizer and EMA, with everything a run needs to go on.</summary>
    [Id(5)] public ArtifactReference? Checkpoint { get; init; }

    /// <summary>Picture of the loss over the steps, PNG; null where none could be drawn.</summary>
    [Id(6)] public ArtifactReference? LossCurve { get; init; }

    /// <summary>Like <see cref="WeightsSha256"/>, over the averaged weights; null without EMA.</summary>
    [Id(7)] public string? EmaSha256 { get; init; }

    /// <summary>SHA-256 over the optimizer's moments in state-dict order.</summary>
    [Id(8)] public string? OptimizerSha256 { get; init; }

    /// <summary>Loss of the held-out examples when they were last computed; null where they never were.</summary>
    [Id(9)] public double? ValidationLoss { get; init; }

    /// <summary>What a newer version has stored here; kept as it is.</summary>
    [JsonExtensionData]
    [field: NonSerialized]
    public UnknownMembers? Unknown { get; init; }
}
