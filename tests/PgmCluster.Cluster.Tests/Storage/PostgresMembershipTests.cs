using PgmCluster.Chaos.Clusters;
using PgmCluster.Cluster.Tests.Support;
using PgmCluster.Silo.Storage;
using PgmCluster.Silo.Tests.Storage;

namespace PgmCluster.Cluster.Tests.Storage;

/// <summary>Membership in PostgreSQL, by several connections at once.</summary>
[Collection(PostgresCollection.Name)]
public sealed class PostgresMembershipTests(PostgresFixture postgres) : MembershipTableContract
{
    protected override string? Missing => PostgresServer.Missing;

    protected override Task<IStateDatabase> OpenAsync() => postgres.OpenDatabaseAsync();
}
