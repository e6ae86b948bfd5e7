namespace PgmCluster.Execution.Devices;

/// <summary>The GPUs that this process may use, in the order of their numbers.</summary>
/// <param name="Gpus">cuda:0, cuda:1, ...; empty where there is none.</param>
/// <param name="Problem">Why there is none, as a clause; null where there are some.</param>
public sealed record GpuInventory(IReadOnlyList<GpuFacts> Gpus, string? Problem);
