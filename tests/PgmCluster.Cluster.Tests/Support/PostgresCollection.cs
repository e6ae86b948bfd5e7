namespace PgmCluster.Cluster.Tests.Support;

/// <summary>All tests of this project, one after another: each starts several processes, and machines have few cores.</summary>
[CollectionDefinition(Name)]
public sealed class PostgresCollection : ICollectionFixture<PostgresFixture>
{
    public const string Name = "PostgreSQL";
}
