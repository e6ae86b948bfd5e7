using PgmCluster.Silo.Storage.Catalog;
using PgmCluster.Silo.Storage.Schema;

namespace PgmCluster.Silo.Storage.Schema;

/// <summary>
/// What is known of a database's schema. A program refuses a database whose <c>PgmSchema</c> has a version that it does not know. A step
/// beside which programs of before can go on is noted in <c>PgmSchemaBeside</c> at first, until they are refused (<see cref="FormerSchema"/>).
/// </summary>
internal static class SchemaVersions
{
    /// <summary>The version that a program has to know; 0 in an empty database.</summary>
    public const string Required = "SELECT coalesce(max(Version), 0) FROM PgmSchema";

    /// <summary>The newest of the steps beside it; 0 where there is none.</summary>
    public const string Beside = "SELECT coalesce(max(Version), 0) FROM PgmSchemaBeside";

    public const string MakeBeside = """
        CREATE TABLE PgmSchemaBeside
        (
            Version  integer NOT NULL PRIMARY KEY,
            OpenedAt bigint  NOT NULL,
            OpenedBy text    NOT NULL
        )
        """;

    /// <summary>Notes a step (<c>@Version</c>, <c>@Now</c>, <c>@By</c>).</summary>
    public const string NoteBeside = "INSERT INTO PgmSchemaBeside (Version, OpenedAt, OpenedBy) VALUES (@Version, @Now, @By)";

    /// <summary>Forgets those that every program has to know by now (<c>@Version</c>).</summary>
    public const string ForgetBeside = "DELETE FROM PgmSchemaBeside WHERE Version <= @Version";

    /// <summary>A new database was never used by a program of before.</summary>
    public static bool IsNotedBeside(this Migration migration, int required) => migration.IsBeside && required > 0;
}
