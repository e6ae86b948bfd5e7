namespace PgmCluster.Data.Checkpoints;

/// <summary>The state of PyTorch's AdamW in a checkpoint.</summary>
/// <param name="Groups">As saved; empty in a safetensors file that does not say.</param>
/// <param name="State">By index of the parameter; parameters that never had a gradient are missing.</param>
public sealed record OptimizerContent(IReadOnlyList<OptimizerGroup> Groups, IReadOnlyDictionary<long, OptimizerMoments> State);
