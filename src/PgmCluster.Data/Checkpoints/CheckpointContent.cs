namespace PgmCluster.Data.Checkpoints;

/// <summary>What <see cref="ReferenceCheckpointWriter"/> puts into a file.</summary>
public sealed record CheckpointContent
{
    /// <summary>Optimizer steps done.</summary>
    public required long Iter { get; init; }

    /// <summary>Passes over the data.</summary>
    public long GlobalEpoch { get; init; }

    /// <summary>Parameters and buffers in the order of the state dict.</summary>
    public required IReadOnlyList<CheckpointTensor> Model { get; init; }

    /// <summary>Null to leave it out.</summary>
    public OptimizerContent? Optimizer { get; init; }

    /// <summary>This program's specification, JSON; only safetensors files have a place for it.</summary>
    public string? Specification { get; init; }
}
