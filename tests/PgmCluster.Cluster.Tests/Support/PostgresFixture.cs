using PgmCluster.Chaos.Clusters;
using PgmCluster.Silo.Storage;
using PgmCluster.Silo.Storage.Postgres;
using PgmCluster.TestSupport;

namespace PgmCluster.Cluster.Tests.Support;

/// <summary>
/// One PostgreSQL server for all tests; each takes a database of its own. Tests that need it are skipped, with the reason, where it cannot
/// run.
/// </summary>
public sealed class PostgresFixture : IAsyncLifetime
{
    private PostgresServer? _server;
    private int _databases;

    internal PostgresServer Server => _server ?? throw new SkippedException($"PostgreSQL cannot run here: {PostgresServer.Missing}");

    /// <summary>An empty database: its name and its connection string.</summary>
    internal async Task<(string Name, string ConnectionString)> CreateDatabaseAsync()
    {
        var name = $"test{Interlocked.Increment(ref _databases)}";
        return (name, await Server.CreateDatabaseAsync(name));
    }

    /// <summary>Another, opened as a silo does.</summary>
    internal async Task<IStateDatabase> OpenDatabaseAsync()
    {
        var (_, connectionString) = await CreateDatabaseAsync();
        return await PostgresDatabase.OpenAsync(() => connectionString, TimeSpan.Zero, null, TimeProvider.System, CancellationToken.None);
    }

    public async Task InitializeAsync()
    {
        if (PostgresServer.Missing is null) _server = await PostgresServer.CreateAsync();
    }

    public async Task DisposeAsync()
    {
        if (_server is not null) await _server.DisposeAsync();
    }
}
