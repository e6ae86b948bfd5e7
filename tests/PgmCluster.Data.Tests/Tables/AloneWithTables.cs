namespace PgmCluster.Data.Tests.Tables;

/// <summary>
/// How much memory and how many places processes that read tables have, and what they inherit, is the process's, so nothing else may run
/// meanwhile.
/// </summary>
[CollectionDefinition(nameof(AloneWithTables), DisableParallelization = true)]
public sealed class AloneWithTables;
