using PgmCluster.Cluster.Tests.Support;
using PgmCluster.Silo.Tests.Storage;

namespace PgmCluster.Cluster.Tests.Storage;

/// <summary>Two clusters in one PostgreSQL database.</summary>
[Collection(PostgresCollection.Name)]
public sealed class PostgresTwoClustersTests(PostgresFixture postgres) : TwoClustersContract
{
    protected override async Task<string> DatabaseAsync() => (await postgres.CreateDatabaseAsync()).ConnectionString;
}
