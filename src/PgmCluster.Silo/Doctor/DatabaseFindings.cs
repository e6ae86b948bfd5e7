using System.Data.Common;
using System.Globalization;
using PgmCluster.Execution.Doctor;
using PgmCluster.Silo.Hosting;
using PgmCluster.Silo.Options;
using PgmCluster.Silo.Storage;
using PgmCluster.Silo.Storage.Postgres;
using PgmCluster.Silo.Storage.Schema;
using PgmCluster.Silo.Storage.Sqlite;
using PgmCluster.Silo.Versions;

namespace PgmCluster.Silo.Doctor;

/// <summary>
/// The state database: whether it can be reached and written, its schema, and what the cluster has in it. Nothing is installed.
/// </summary>
internal static class DatabaseFindings
{
    private const string Subject = "database", Attempt = "look at the state database";

    /// <returns>The line, and the database where it can be used.</returns>
    public static (Finding Finding, ExaminedDatabase? Database) Look(SiloOptions options)
    {
        var connectionString = options.ReadDatabase();
        IStateDatabase database = connectionString is null
            ? StateDatabase.Existing(options.StatePath)
            : PostgresDatabase.Existing(connectionString);
        if (connectionString is null && !File.Exists(options.StatePath))
            return (Finding.Ok(Subject, $"SQLite, {database.Name}: none yet, the first silo makes it"),
                new ExaminedDatabase(database, 0, null));
        try
        {
            using var connection = database.Connect();
            return connectionString is null ? OfSqlite(connection, database, options) : OfPostgres(connection, database, options);
        }
        catch (Exception e) when (database.Describe(Attempt, e) is { } described)
        {
            database.Release();
            return (Findings.Failed(Subject, described.Message), null);
        }
    }

    private static (Finding, ExaminedDatabase?) OfSqlite(DbConnection connection, IStateDatabase database, SiloOptions options)
    {
        if (Scalar(connection, "PRAGMA quick_check(1)") is string and not "ok" and var damage)
            return (Finding.Failed(
                Subject, $"SQLite, {database.Name}: it is damaged ({damage.ReplaceLineEndings(" ")})",
                "Restore it from a backup, or move it away to start empty."), null);
        // Only the attempt to write tells that the file cannot be written.
        connection.Execute("BEGIN IMMEDIATE");
        connection.Execute("ROLLBACK");
        var (version, beside) = Versions(
            connection, table => Scalar(connection, $"SELECT 1 FROM sqlite_master WHERE name = '{table}'") is not null);
        return Judge(connection, database, options, $"SQLite {Scalar(connection, "SELECT sqlite_version()")}, {database.Name}", version,
            beside, SqlScripts.Sqlite);
    }

    private static (Finding, ExaminedDatabase?) OfPostgres(DbConnection connection, IStateDatabase database, SiloOptions options)
    {
        var name = $"PostgreSQL {Scalar(connection, "SHOW server_version")}, {database.Name}";
        if (Scalar(connection, "SELECT pg_is_in_recovery()") is true)
            return (Finding.Failed(
                Subject, $"{name}: it is a standby, which cannot be written", "Name the primary server in the connection string (Host)."),
                null);
        var (version, beside) = Versions(connection, HasTable);
        var known = SqlScripts.Postgres.LatestVersion;
        var isBehind = Math.Max(version, beside) < known;
        var mayMake = Scalar(connection, "SELECT has_schema_privilege(current_schema(), 'CREATE')") is true;
        if (isBehind && !mayMake)
            return (Finding.Failed(
                Subject, $"{name}: its schema has version {version}, this program needs {known}, and the user may not make tables there",
                "Grant the user CREATE on the schema, or apply deploy/sql/postgres as another one."), null);
        var hasSecrets = HasTable(SecretTable.Name);
        if (!hasSecrets && !mayMake)
            return (Finding.Failed(
                Subject, $"{name}: it lacks the table {SecretTable.Name}, and the user may not make tables there",
                "Grant the user CREATE on the schema, or start a silo of this program once as a user who may make tables."), null);
        if (version > 0 && (!MayUse("pgmgrainstate") || (hasSecrets && options.SecretFile.Length == 0 && !MayUse(SecretTable.Name))))
        {
            return (Finding.Failed(
                Subject, $"{name}: the user may not read and write its tables",
                "Grant the user SELECT, INSERT, UPDATE and DELETE on them."), null);
        }
        return Judge(connection, database, options, name, version, beside, SqlScripts.Postgres);

        bool HasTable(string table) => Scalar(connection, $"SELECT to_regclass('{table.ToLowerInvariant()}')::text") is string;

        bool MayUse(string table) => Scalar(connection, $"""
            SELECT bool_and(has_table_privilege('{table.ToLowerInvariant()}', p))
              FROM unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) AS p
            """) is true;
    }

    private static (Finding, ExaminedDatabase?) Judge(
        DbConnection connection, IStateDatabase database, SiloOptions options, string name, int version, int beside,
        SqlScripts scripts)
    {
        var known = scripts.LatestVersion;
        if (version > known)
            return (Finding.Failed(
                Subject, $"{name}: its schema has version {version}, this program ({ProductVersion.Current}) knows versions up to {known}",
                "Use the newer program that wrote it, or another database."), null);
        // Clusters are told apart since version 2.
        var owner = version >= 2 ? StateOwner.Find(connection, options.ServiceId, options.ClusterId) : null;
        var examined = new ExaminedDatabase(database, version, owner);
        if (version == 0) return (Finding.Ok(Subject, $"{name}: no tables yet, the first silo makes them"), examined);
        var whose = owner is null ? $"cluster '{options.ClusterId}' is new in it" : $"cluster '{options.ClusterId}' has its state in it";
        var found = $"{name}: schema {version.ToString(CultureInfo.InvariantCulture)}, {whose}";
        var missing = scripts.Migrations.Where(m => m.Version > Math.Max(version, beside)).ToList();
        return (missing.Count == 0
            ? Finding.Ok(
                Subject, beside > version ? $"{found}; programs of before may use it for Pgm:DowngradeFor after their upgrade" : found)
            : Finding.Warning(Subject,
                $"{found}; the next silo of this program brings it to {known.ToString(CultureInfo.InvariantCulture)}",
                "Make a backup first: programs of before refuse it afterwards"
                + (missing.All(m => m.IsBeside) ? ", once Pgm:DowngradeFor is over." : ".")), examined);
    }

    private static (int Required, int Beside) Versions(DbConnection connection, Func<string, bool> hasTable) =>
        (hasTable("PgmSchema") ? Number(connection, SchemaVersions.Required) : 0,
            hasTable("PgmSchemaBeside") ? Number(connection, SchemaVersions.Beside) : 0);

    private static int Number(DbConnection connection, string sql) =>
        Convert.ToInt32(Scalar(connection, sql), CultureInfo.InvariantCulture);

    private static object? Scalar(DbConnection connection, string sql)
    {
        using var command = connection.Command(sql);
        return command.ExecuteScalar();
    }
}
