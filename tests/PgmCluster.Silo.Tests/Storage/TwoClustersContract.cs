using PgmCluster.Silo.Errors;
using PgmCluster.Silo.Hosting;
using PgmCluster.Silo.Options;
using PgmCluster.Silo.Storage;
using PgmCluster.Silo.TestHost;

namespace PgmCluster.Silo.Tests.Storage;

/// <summary>Clusters that share a database keep apart, whatever the database.</summary>
public abstract class TwoClustersContract : IAsyncLifetime
{
    private readonly TemporaryHome _home = new();
    private readonly List<string> _notices = [];

    /// <summary>A connection string of PostgreSQL for this test; empty for SQLite in the home.</summary>
    protected abstract Task<string> DatabaseAsync();

    private string Connection { get; set; } = "";

    public async Task InitializeAsync() => Connection = await DatabaseAsync();

    public Task DisposeAsync()
    {
        _home.Dispose();
        return Task.CompletedTask;
    }

    [Fact]
    public async Task TwoClusters_OneDatabase_KeepTheirStateApart_OverRestartsOfBoth()
    {
        await using (var a = await StartAsync("a"))
        await using (var b = await StartAsync("b"))
        {
            Assert.Equal(1, await Probe(a).Write("a's run"));

            Assert.False((await Probe(b).Read()).Exists);
            Assert.Equal(1, await Probe(b).Write("b's run"));
            Assert.Equal(2, await Probe(a).Write("a's run goes on"));
        }

        await using (var b = await StartAsync("b"))
        await using (var a = await StartAsync("a"))
        {
            Assert.Equal("a's run goes on", (await Probe(a).Read()).Text);
            Assert.Equal("b's run", (await Probe(b).Read()).Text);
        }
        var notice = Assert.Single(_notices);
        Assert.StartsWith("Cluster 'b' is new in the state database ", notice);
        Assert.Contains("those of 'a' are kept apart", notice);
        Assert.DoesNotContain('\n', notice);
    }

    [Fact]
    public async Task Upgrade_DatabaseOfBeforeClustersWereKeptApart_ItsClusterGoesOn_WhoeverStartsFirst()
    {
        await using (var a = await StartAsync("a")) await Probe(a).Write("a's run");
        await AsBeforeClustersWereKeptApart();

        await using var b = await StartAsync("b");
        Assert.False((await Probe(b).Read()).Exists);
        await Probe(b).Write("b's run");

        await using var upgraded = await StartAsync("a");
        Assert.Equal("a's run", (await Probe(upgraded).Read()).Text);
    }

    [Fact]
    public async Task Upgrade_TwoClustersHadSharedTheirState_TheFirstGoesOnAndIsTold()
    {
        await using (var a = await StartAsync("a")) await Probe(a).Write("somebody's run");
        await using (await StartAsync("b"))
        {
        }
        await AsBeforeClustersWereKeptApart();
        _notices.Clear();

        await using var b = await StartAsync("b");

        Assert.Equal("somebody's run", (await Probe(b).Read()).Text);
        Assert.Contains("'a' will begin with none", Assert.Single(_notices));
        await using var next = await StartAsync("a");
        Assert.False((await Probe(next).Read()).Exists);
    }

    [Fact]
    public async Task TwoClusters_OneArtifactStore_TheSecondIsRefusedInOneLine()
    {
        var shared = Path.Combine(_home.Path, "shared");
        await using var a = await StartAsync("a", shared);

        var e = await Assert.ThrowsAsync<SiloStartException>(() => StartAsync("b", shared));

        Assert.DoesNotContain('\n', e.Message);
        Assert.Contains($"the artifact store {shared}: it holds the files of cluster 'a'", e.Message);
        Assert.Contains("Pgm:Artifacts", e.Message);
        await using var again = await StartAsync("a", shared, "another-silo");
        await using var b = await StartAsync("b");
    }

    private static IProbeGrain Probe(PgmSiloHost silo) => silo.Grains.GetGrain<IProbeGrain>("run");

    private Task<PgmSiloHost> StartAsync(string cluster, string? artifacts = null, string? name = null) => PgmSiloHost.StartAsync(
        Options(cluster, artifacts ?? Path.Combine(_home.Path, $"artifacts-{cluster}"), name ?? $"of-{cluster}"), notice: _notices.Add);

    private SiloOptions Options(string cluster, string artifacts, string name) => new()
    {
        Home = _home.Path,
        ClusterId = cluster,
        SiloName = name,
        Devices = "none",
        Exclusive = false,
        Database = Connection,
        Artifacts = artifacts,
    };

    // The rows of the first cluster are what version 1 of the schema wrote, under the service's name alone; it left no mark in artifact
    // stores.
    private async Task AsBeforeClustersWereKeptApart()
    {
        var database = await StateDatabases.OpenAsync(Options("a", "", "a"), _notices.Add, TimeProvider.System, CancellationToken.None);
        using (var connection = database.Connect())
        {
            string[] later =
            [
                "StateOwner", "Scheduler", "SchedulerWork", "SchedulerLease", "SchedulerLoss", "SchedulerReservation", "SchedulerUsage",
                "Catalog",
            ];
            foreach (var table in later) connection.Execute($"DROP TABLE Pgm{table}");
            connection.Execute("UPDATE PgmSchema SET Version = 1");
        }
        database.Release();
        foreach (var mark in Directory.GetFiles(_home.Path, ".pgm-owner", SearchOption.AllDirectories)) File.Delete(mark);
    }
}
