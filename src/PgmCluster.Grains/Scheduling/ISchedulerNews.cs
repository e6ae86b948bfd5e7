namespace PgmCluster.Grains.Scheduling;

/// <summary>What devices tell the scheduler beside <see cref="Contracts.Devices.IDeviceSchedulerGrain"/>.</summary>
[Alias("pgm.ISchedulerNews")]
internal interface ISchedulerNews : IGrainWithStringKey
{
    /// <summary>A worker that was told by an answer what it is given cannot begin it: the work goes back into the queue.</summary>
    [Alias("Refused")]
    Task Refused(string worker, long lease);
}
