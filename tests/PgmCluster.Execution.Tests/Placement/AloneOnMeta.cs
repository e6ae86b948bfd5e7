namespace PgmCluster.Execution.Tests.Placement;

/// <summary>Kernels, comparisons and the count of host reads are the process's, so nothing else may run meanwhile.</summary>
[CollectionDefinition(nameof(AloneOnMeta), DisableParallelization = true)]
public sealed class AloneOnMeta;
