using System.Data;
using System.Data.Common;
using System.Globalization;
using Npgsql;
using PgmCluster.Silo.Storage.Schema;
using PgmCluster.Silo.Versions;

namespace PgmCluster.Silo.Storage.Postgres;

/// <summary>The PostgreSQL database that holds grain state and cluster membership of the silos of a cluster.</summary>
public sealed class PostgresDatabase : IStateDatabase
{
    /// <summary>The ADO.NET invariant by which the framework finds Npgsql.</summary>
    public const string Invariant = "Npgsql";

    /// <summary>Key of the advisory lock under which the schema is installed: "pgmstate" in ASCII.</summary>
    private const long InstallLock = 0x70676d7374617465;

    private const int InstallSeconds = 60;
    private static readonly TimeSpan s_retryDelay = TimeSpan.FromSeconds(1);

    private readonly RotatingDataSource _source;

    private PostgresDatabase(Func<string> read, TimeProvider time, Action<string>? notice) =>
        _source = new RotatingDataSource(() => Complete(read()), time, notice);

    /// <inheritdoc />
    public string Name
    {
        get
        {
            var builder = Parse(_source.ConnectionString);
            return $"'{builder.Database ?? builder.Username}' at {builder.Host}:{builder.Port.ToString(CultureInfo.InvariantCulture)}";
        }
    }

    /// <inheritdoc />
    public DbDataSource Source => _source;

    string IStateDatabase.Invariant => Invariant;

    bool IStateDatabase.HasOneWriter => false;

    string? IStateDatabase.TimeQuery => "SELECT clock_timestamp()";

    string IStateDatabase.MarkSiloDead => """
        WITH guard AS
        (
            UPDATE PgmMembership
               SET Version = Version + 1, ModifiedAt = now()
             WHERE DeploymentId = @ClusterId
               AND EXISTS (SELECT 1
                             FROM PgmMember
                            WHERE DeploymentId = @ClusterId AND Address = @Address AND Port = @Port AND Generation = @Generation AND Status = @Seen)
            RETURNING DeploymentId
        )
        UPDATE PgmMember m
           SET Status = 6
          FROM guard
         WHERE m.DeploymentId = guard.DeploymentId AND m.Address = @Address AND m.Port = @Port AND m.Generation = @Generation AND m.Status = @Seen
        """;

    /// <summary>What is wrong with a connection string, never with anything of its values; null where it can be used.</summary>
    public static string? Problem(string connectionString)
    {
        try
        {
            return string.IsNullOrWhiteSpace(Parse(connectionString).Host) ? "names no Host" : null;
        }
        catch (Exception e) when (e is ArgumentException or FormatException or InvalidCastException or OverflowException or NotSupportedException)
        {
            return "cannot be read";
        }
    }

    /// <summary>
    /// Opens the database and brings its schema and statements up to date, waiting for a server that is not there yet. Safe with any
    /// number of processes at once.
    /// </summary>
    /// <param name="read">Reads the connection string of Npgsql, "Host=...;Database=...;Username=...;Password=...", now and later.</param>
    /// <param name="wait">How long to wait for the server.</param>
    /// <param name="notice">Told once that and why it waits, and later of another connection string; lines without secrets.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="StateDatabaseException">The database cannot be used; the message says why and what to do.</exception>
    public static async Task<PostgresDatabase> OpenAsync(
        Func<string> read, TimeSpan wait, Action<string>? notice, TimeProvider time, CancellationToken cancellationToken)
    {
        var database = new PostgresDatabase(read, time, notice);
        var waiting = notice;
        var begun = time.GetTimestamp();
        while (true)
        {
            try
            {
                await database.InstallAsync(cancellationToken);
                return database;
            }
            catch (Exception e) when (PostgresErrors.Find(e) is { } error)
            {
                database.Release();
                var described = PostgresErrors.Describe("open the state database", database.Name, error);
                var left = wait - time.GetElapsedTime(begun);
                if (!PostgresErrors.IsAway(error) || left <= TimeSpan.Zero) throw described;
                waiting?.Invoke($"Waiting up to {wait.TotalSeconds:0} s for the state database. {described.Message}");
                waiting = null;
                await Task.Delay(left < s_retryDelay ? left : s_retryDelay, time, cancellationToken);
            }
            catch
            {
                database.Release();
                throw;
            }
        }
    }

    /// <summary>A database as it is: nothing is made in it, and nobody waits for its server.</summary>
    internal static PostgresDatabase Existing(string connectionString) => new(() => connectionString, TimeProvider.System, null);

    ValueTask<DbConnection> IStateDatabase.ConnectAsync() => _source.OpenConnectionAsync();

    DbTransaction IStateDatabase.BeginSnapshot(DbConnection connection) => connection.BeginTransaction(IsolationLevel.RepeatableRead);

    StateDatabaseException? IStateDatabase.Describe(string attempt, Exception exception) =>
        PostgresErrors.Find(exception) is { } error ? PostgresErrors.Describe(attempt, Name, error) : null;

    /// <inheritdoc />
    public void Release() => _source.Clear();

    private static NpgsqlConnectionStringBuilder Parse(string connectionString) => new(connectionString);

    private static string Complete(string connectionString)
    {
        var builder = Parse(connectionString);
        // A grain's turn waits for a statement, and its caller gives up after 10 s: better a clear error before that. Other silos need
        // connections, too: a hundred each, the driver's default, is all that a server has.
        if (!Sets(connectionString, "Timeout")) builder.Timeout = 5;
        if (!Sets(connectionString, "Command Timeout")) builder.CommandTimeout = 8;
        if (!Sets(connectionString, "Maximum Pool Size")) builder.MaxPoolSize = 16;
        if (!Sets(connectionString, "Application Name")) builder.ApplicationName = "pgm";
        return builder.ConnectionString;
    }

    private static bool Sets(string connectionString, string keyword) =>
        new DbConnectionStringBuilder { ConnectionString = connectionString }.Keys.Cast<string>()
            .Any(given => Plain(given).Equals(Plain(keyword), StringComparison.OrdinalIgnoreCase));

    private static string Plain(string keyword) =>
        keyword.Replace(" ", "", StringComparison.Ordinal).Replace("MaxPoolSize", "MaximumPoolSize", StringComparison.OrdinalIgnoreCase);

    private async Task InstallAsync(CancellationToken cancellationToken)
    {
        await using var connection = (NpgsqlConnection)await _source.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await Execute("SELECT pg_advisory_xact_lock(@Key)", ("Key", InstallLock));

        // Looked for and not just made if missing: a user who may not make tables can work with those that somebody made for him.
        if (await Scalar("SELECT to_regclass('pgmschema')::text") is not string)
        {
            await Execute("""
                CREATE TABLE PgmSchema
                (
                    Id         integer     NOT NULL PRIMARY KEY CHECK (Id = 1),
                    Version    integer     NOT NULL,
                    ModifiedAt timestamptz NOT NULL,
                    ModifiedBy text        NOT NULL
                )
                """);
        }
        if (await Scalar("SELECT to_regclass('pgmschemabeside')::text") is not string) await Execute(SchemaVersions.MakeBeside);
        if (await Scalar("SELECT to_regclass('pgmclustersecret')::text") is not string) await Execute(SecretTable.Make);
        var found = await Version(SchemaVersions.Required);
        var known = SqlScripts.Postgres.LatestVersion;
        if (found > known)
        {
            throw new StateDatabaseException(StateDatabaseFailure.NewerSchema,
                $"Trying to open the state database {Name}: "
                + $"its schema has version {found}, this program ({ProductVersion.Current}) knows versions up to {known}. "
                + "Use the newer program that wrote it, or another database.");
        }
        var applied = Math.Max(found, await Version(SchemaVersions.Beside));
        foreach (var migration in SqlScripts.Postgres.Migrations.Where(migration => migration.Version > applied))
        {
            await Execute(migration.Sql);
            if (migration.IsNotedBeside(found))
            {
                await Execute(
                    SchemaVersions.NoteBeside, ("Version", migration.Version), ("Now", DateTime.UtcNow.Ticks),
                    ("By", ProductVersion.Current));
                continue;
            }
            await Execute(SchemaVersions.ForgetBeside, ("Version", migration.Version));
            await Execute("""
                INSERT INTO PgmSchema (Id, Version, ModifiedAt, ModifiedBy) VALUES (1, @Version, now(), @By)
                ON CONFLICT (Id) DO UPDATE SET Version = excluded.Version, ModifiedAt = excluded.ModifiedAt, ModifiedBy = excluded.ModifiedBy
                """, ("Version", migration.Version), ("By", ProductVersion.Current));
        }
        await WriteStatements();
        await transaction.CommitAsync(cancellationToken);

        // Statements may be corrected without a change of the tables; a running silo keeps those it has read at its start.
        async Task WriteStatements()
        {
            var present = new Dictionary<string, string>(StringComparer.Ordinal);
            await using (var command = Command("SELECT QueryKey, QueryText FROM OrleansQuery"))
            await using (var reader = await command.ExecuteReaderAsync(cancellationToken))
            {
                while (await reader.ReadAsync(cancellationToken)) present[reader.GetString(0)] = reader.GetString(1);
            }
            foreach (var (key, text) in SqlScripts.Postgres.Statements.Where(s => present.GetValueOrDefault(s.Key) != s.Value))
            {
                await Execute("""
                    INSERT INTO OrleansQuery (QueryKey, QueryText) VALUES (@Key, @Text)
                    ON CONFLICT (QueryKey) DO UPDATE SET QueryText = excluded.QueryText
                    """, ("Key", key), ("Text", text));
            }
        }

        async Task<int> Version(string query) => Convert.ToInt32(await Scalar(query), CultureInfo.InvariantCulture);

        async Task Execute(string sql, params (string Name, object Value)[] parameters)
        {
            await using var command = Command(sql, parameters);
            await command.ExecuteNonQueryAsync(cancellationToken);
        }

        async Task<object?> Scalar(string sql)
        {
            await using var command = Command(sql);
            return await command.ExecuteScalarAsync(cancellationToken);
        }

        NpgsqlCommand Command(string sql, params (string Name, object Value)[] parameters)
        {
            // Longer than usual: the lock is held by another silo while that one installs.
            var command = new NpgsqlCommand(sql, connection, transaction) { CommandTimeout = InstallSeconds };
            foreach (var (name, value) in parameters) command.Parameters.AddWithValue(name, value);
            return command;
        }
    }
}
