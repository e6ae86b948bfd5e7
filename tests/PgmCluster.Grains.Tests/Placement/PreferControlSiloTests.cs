using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Runtime.Placement;
using PgmCluster.Contracts.Datasets;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Grains.Hosting;
using PgmCluster.Grains.Options;
using PgmCluster.Grains.Placement;
using PgmCluster.Grains.Tests.Support;

namespace PgmCluster.Grains.Tests.Placement;

public class PreferControlSiloTests
{
    private const int Datasets = 12;

    [Fact]
    public async Task ControlGrains_OneSiloWithoutDevices_AllLiveThere()
    {
        await using var cluster = await GrainCluster.Start(silos: 3, controlSilos: 1);
        await cluster.Register();
        for (var i = 0; i < Datasets; i++) await cluster.Register($"set{i}");
        await cluster.Run("run").Start(GrainCluster.Request());
        var control = cluster.Silos.Silos.Single(
            s => cluster.Silos.GetSiloServiceProvider(s.SiloAddress).GetRequiredService<GrainsOptions>().Devices == "none").SiloAddress;
        // Both workers' grains live once each was given a run.
        await GrainCluster.Until(cluster.Run("run"), e => e.Phase == JobPhase.Running, "to run");
        await cluster.Run("other").Start(GrainCluster.Request());
        await GrainCluster.Until(cluster.Run("other"), e => e.Phase == JobPhase.Running, "to run");

        var ours = await cluster.Grains.GetGrain<IManagementGrain>(0).GetDetailedGrainStatistics();
        // Scheduler and catalog may be older than the control silo: what lives stays where it is.
        var made = ours.Where(
            g => g.GrainId.ToString() is var id && (id.StartsWith("dataset/set", StringComparison.Ordinal) || id.StartsWith(
                "trainingrun/", StringComparison.Ordinal))).ToList();
        Assert.True(made.Count == Datasets + 2, string.Join(", ", ours.Select(g => g.GrainId)));
        foreach (var grain in made)
            Assert.True(control.Equals(grain.SiloAddress), $"{grain.GrainId} lives on {grain.SiloAddress}, the control silo is {control}.");
        var workers = ours.Where(g => g.GrainType.Contains("GpuWorker", StringComparison.Ordinal)).ToList();
        Assert.Equal(2, workers.Count);
        Assert.DoesNotContain(workers, w => control.Equals(w.SiloAddress));
    }

    [Fact]
    public async Task ControlGrains_NoSiloWithoutDevices_LiveAnywhere()
    {
        await using var cluster = await GrainCluster.Start(silos: 2);
        Assert.Empty(await cluster.Scheduler.GetQueue());
        await cluster.Register();
        Assert.Equal("shoes", (await cluster.Grains.GetGrain<IDatasetGrain>("shoes").Get()).Name);
    }

    [Fact]
    public async Task ControlGrains_Together_AllLiveOnTheOldestSilo()
    {
        await using var cluster = await GrainCluster.Start(silos: 3, configure: options => options.ControlTogether = true);
        for (var i = 0; i < Datasets; i++) await cluster.Register($"set{i}");

        var datasets = (await cluster.Grains.GetGrain<IManagementGrain>(0).GetDetailedGrainStatistics())
            .Where(g => g.GrainId.ToString().StartsWith("dataset/set", StringComparison.Ordinal)).ToList();

        Assert.Equal(Datasets, datasets.Count);
        var oldest = cluster.Silos.Silos.Min(s => s.SiloAddress.Generation);
        Assert.All(datasets, d => Assert.Equal(oldest, d.SiloAddress.Generation));
        Assert.Single(datasets.Select(d => d.SiloAddress).Distinct());
    }

    /// <summary>A start script starts them within one second.</summary>
    [Fact]
    public async Task ControlGrains_TogetherOnSilosOfOneSecond_WhoeverAsksSeesTheSameOldest()
    {
        var (one, other) = (Silo(port: 11113, generation: 7), Silo(port: 11112, generation: 7));
        var director = new PreferControlSiloDirector(
            new ServiceCollection().AddSingleton(new GrainsOptions { Artifacts = "", ControlTogether = true }).BuildServiceProvider());

        Assert.Equal(other, await Choice(new Asking(one, [one, other])));
        Assert.Equal(other, await Choice(new Asking(other, [other, one])));
        Assert.Equal(one, await Choice(new Asking(other, [other = Silo(port: 11112, generation: 8), one])));

        static SiloAddress Silo(int port, int generation) => SiloAddress.New(IPAddress.Loopback, port, generation);
        Task<SiloAddress> Choice(Asking asking) => director.OnAddActivation(new PreferControlSiloPlacement(), default, asking);
    }

    private sealed class Asking(SiloAddress local, SiloAddress[] silos) : IPlacementContext
    {
        public SiloAddress LocalSilo => local;

        public SiloStatus LocalSiloStatus => SiloStatus.Active;

        public SiloAddress[] GetCompatibleSilos(PlacementTarget target) => silos;

        public IReadOnlyDictionary<ushort, SiloAddress[]> GetCompatibleSilosWithVersions(PlacementTarget target) =>
            throw new NotSupportedException();
    }
}
