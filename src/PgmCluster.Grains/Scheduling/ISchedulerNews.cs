using Orleans.CodeGeneration;
using PgmCluster.Grains.Protocol;

namespace PgmCluster.Grains.Scheduling;

/// <summary>What devices tell the scheduler beside <see cref="IDeviceSchedulerGrain"/>.</summary>
[Alias("pgm.ISchedulerNews"), Version(1)]
internal interface ISchedulerNews : IGrainWithStringKey
{
    /// <summary>A worker that was told by an answer what it is given cannot begin it: the work goes back into the queue.</summary>
    [Alias("Refused")]
    Task Refused(string worker, long lease);
}
