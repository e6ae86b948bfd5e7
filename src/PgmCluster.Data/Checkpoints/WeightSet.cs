namespace PgmCluster.Data.Checkpoints;

/// <summary>Tensors under one key of a checkpoint.</summary>
/// <param name="Key">The keys that lead to them, joined by dots; empty where they lie at the top.</param>
/// <param name="Tensors">How many there are.</param>
public sealed record WeightSet(string Key, int Tensors);
