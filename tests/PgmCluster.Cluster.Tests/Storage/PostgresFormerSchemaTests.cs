using PgmCluster.Cli.Clusters;
using PgmCluster.Cluster.Tests.Support;
using PgmCluster.Silo.Storage;
using PgmCluster.Silo.Storage.Postgres;
using PgmCluster.Silo.Tests.Storage;

namespace PgmCluster.Cluster.Tests.Storage;

/// <summary>The version before in PostgreSQL.</summary>
[Collection(PostgresCollection.Name)]
public sealed class PostgresFormerSchemaTests(PostgresFixture postgres) : FormerSchemaContract
{
    protected override string? Missing => PostgresServer.Missing;

    protected override Task<IStateDatabase> OpenAsync() => postgres.OpenDatabaseAsync();

    protected override async Task<IStateDatabase> OpenAgainAsync() => await PostgresDatabase.OpenAsync(
        Database.ConnectionString, TimeSpan.Zero, null, TimeProvider.System, CancellationToken.None);
}
