using PgmCluster.Chaos.Clusters;
using PgmCluster.Cluster.Tests.Support;
using PgmCluster.Silo.Storage;
using PgmCluster.Silo.Tests.Storage.CatalogRows;

namespace PgmCluster.Cluster.Tests.Storage;

/// <summary>The catalogs' rows in PostgreSQL.</summary>
[Collection(PostgresCollection.Name)]
public sealed class PostgresCatalogStoreTests(PostgresFixture postgres) : CatalogStoreContract
{
    protected override string? Missing => PostgresServer.Missing;

    protected override Task<IStateDatabase> OpenAsync() => postgres.OpenDatabaseAsync();
}
