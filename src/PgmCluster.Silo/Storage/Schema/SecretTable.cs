namespace PgmCluster.Silo.Storage.Schema;

/// <summary>
/// The table of clusters' secrets, beside the numbered schema: programs of before need not know of it, and go on with the database.
/// </summary>
internal static class SecretTable
{
    public const string Name = "PgmClusterSecret";

    public const string Make = """
        CREATE TABLE PgmClusterSecret
        (
            ServiceId VARCHAR(63) NOT NULL,
            ClusterId VARCHAR(63) NOT NULL,
            Secret    VARCHAR(64) NOT NULL,
            PRIMARY KEY (ServiceId, ClusterId)
        )
        """;
}
