using PgmCluster.Chaos.Clusters;
using PgmCluster.Cluster.Tests.Support;
using PgmCluster.Silo.Storage;
using PgmCluster.Silo.Storage.Postgres;
using PgmCluster.Silo.Tests.Storage;

namespace PgmCluster.Cluster.Tests.Storage;

/// <summary>The version before in PostgreSQL.</summary>
[Collection(PostgresCollection.Name)]
public sealed class PostgresFormerSchemaTests(PostgresFixture postgres) : FormerSchemaContract
{
    private string _connectionString = "";

    protected override string? Missing => PostgresServer.Missing;

    protected override async Task<IStateDatabase> OpenAsync()
    {
        (_, _connectionString) = await postgres.CreateDatabaseAsync();
        return await OpenAgainAsync();
    }

    protected override async Task<IStateDatabase> OpenAgainAsync() => await PostgresDatabase.OpenAsync(
        () => _connectionString, TimeSpan.Zero, null, TimeProvider.System, CancellationToken.None);
}
