using PgmCluster.Chaos.Clusters;
using PgmCluster.Cluster.Tests.Support;
using PgmCluster.Silo.Storage;
using PgmCluster.Silo.Tests.Storage;

namespace PgmCluster.Cluster.Tests.Storage;

/// <summary>The scheduler's rows in PostgreSQL.</summary>
[Collection(PostgresCollection.Name)]
public sealed class PostgresSchedulerStoreTests(PostgresFixture postgres) : SchedulerStoreContract
{
    protected override string? Missing => PostgresServer.Missing;

    protected override Task<IStateDatabase> OpenAsync() => postgres.OpenDatabaseAsync();
}
