using Orleans.CodeGeneration;

namespace PgmCluster.Grains.Retention;

/// <summary>
/// The one that applies the rules of retention, and finishes what deletions that were cut off have begun. Its key is "jobs".
/// </summary>
[Alias("pgm.IRetentionKeeperGrain"), Version(0)]
internal interface IRetentionKeeperGrain : IGrainWithStringKey
{
    /// <summary>A silo sees to it that there is one, wherever it was.</summary>
    [Alias("Attend")]
    Task Attend();
}
