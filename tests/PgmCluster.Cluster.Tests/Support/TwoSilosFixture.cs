using PgmCluster.Chaos.Clusters;
using PgmCluster.Silo.Hosting;
using PgmCluster.Silo.Options;
using PgmCluster.TestSupport;
using PgmCluster.TestSupport.Processes;

namespace PgmCluster.Cluster.Tests.Support;

/// <summary>Two silos without devices in the test process, over one database.</summary>
public sealed class TwoSilosFixture(PostgresFixture postgres) : IAsyncLifetime
{
    private readonly string _directory = Directory.CreateTempSubdirectory("pgm-cluster-tests-").FullName;
    private readonly List<PgmSiloHost> _silos = [];

    internal IReadOnlyList<PgmSiloHost> Silos =>
        _silos.Count > 0 ? _silos : throw new SkippedException($"PostgreSQL cannot run here: {PostgresServer.Missing}");

    public async Task InitializeAsync()
    {
        if (PostgresServer.Missing is not null) return;
        var (_, connectionString) = await postgres.CreateDatabaseAsync();
        foreach (var name in new[] { "a", "b" })
        {
            _silos.Add(
                await PgmSiloHost.StartAsync(
                    new SiloOptions
                    {
                        Home = Path.Combine(_directory, name),
                        SiloName = name,
                        Devices = "none",
                        Database = connectionString
                    }));
        }
    }

    public async Task DisposeAsync()
    {
        foreach (var silo in _silos) await silo.DisposeAsync();
        TemporaryFiles.Delete(_directory);
    }
}
