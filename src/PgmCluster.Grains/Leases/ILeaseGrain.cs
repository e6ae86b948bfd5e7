using Orleans.CodeGeneration;

namespace PgmCluster.Grains.Leases;

/// <summary>
/// Grants the leases of devices, and does nothing else: a silo's heartbeat for all its devices is answered at once, whatever the scheduler
/// does meanwhile. One per cluster, key "default".
/// </summary>
[Alias("pgm.ILeaseGrain"), Version(0)]
internal interface ILeaseGrain : IGrainWithStringKey
{
    /// <summary>A silo is there with its devices. Where it is granted, their leases go on from when it was sent.</summary>
    [Alias("Renew")]
    Task<LeaseAnswer> Renew(SiloHeartbeat heartbeat);

    /// <summary>What was heard of silos; asked by the scheduler.</summary>
    /// <param name="since">What it was told last; null for all that is known.</param>
    [Alias("GetNews")]
    Task<LeaseNews> GetNews(LeaseReading? since);
}
