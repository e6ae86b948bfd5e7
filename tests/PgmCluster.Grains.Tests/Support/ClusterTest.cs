using PgmCluster.Contracts.Jobs;

namespace PgmCluster.Grains.Tests.Support;

/// <summary>A test with a cluster of one silo with one device.</summary>
public abstract class ClusterTest : IAsyncLifetime
{
    protected GrainCluster Cluster { get; private set; } = null!;

    protected FakeWork Work => Cluster.Work;

    public async Task InitializeAsync() => Cluster = await GrainCluster.Start();

    public async Task DisposeAsync() => await Cluster.DisposeAsync();

    protected static Task<JobEvent> ToRest(IJobGrain job, JobPhase phase) => GrainCluster.ToRest(job, phase);
}
