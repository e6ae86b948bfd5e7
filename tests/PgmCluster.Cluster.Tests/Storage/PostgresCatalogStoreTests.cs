using PgmCluster.Cli.Clusters;
using PgmCluster.Cluster.Tests.Support;
using PgmCluster.Silo.Storage;
using PgmCluster.Silo.Storage.Postgres;
using PgmCluster.Silo.Tests.Storage.CatalogRows;

namespace PgmCluster.Cluster.Tests.Storage;

/// <summary>The catalogs' rows in PostgreSQL.</summary>
[Collection(PostgresCollection.Name)]
public sealed class PostgresCatalogStoreTests(PostgresFixture postgres) : CatalogStoreContract
{
    protected override string? Missing => PostgresServer.Missing;

    private protected override async Task<IStateDatabase> OpenAsync() =>
        await PostgresDatabase.OpenAsync(
            (await postgres.CreateDatabaseAsync()).ConnectionString, TimeSpan.Zero, null, TimeProvider.System, CancellationToken.None);
}
