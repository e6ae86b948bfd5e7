using Orleans.CodeGeneration;

namespace PgmCluster.Grains.Leases;

/// <summary>Is told when silos say something new. Key "default".</summary>
[Alias("pgm.ILeaseWatcher"), Version(1)]
internal interface ILeaseWatcher : IGrainWithStringKey
{
    /// <summary><see cref="ILeaseGrain.GetNews"/> has something that is better known at once.</summary>
    [Alias("Heard")]
    Task Heard();
}
