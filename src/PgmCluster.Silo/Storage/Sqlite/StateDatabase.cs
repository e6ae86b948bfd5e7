using System.Data.Common;
using System.Globalization;
using Microsoft.Data.Sqlite;
using PgmCluster.Silo.Storage.Schema;
using PgmCluster.Silo.Versions;

namespace PgmCluster.Silo.Storage.Sqlite;

/// <summary>The SQLite file that holds grain state and cluster membership of one home directory.</summary>
/// <remarks>
/// Several processes may use it at once, on one machine. It is kept in write-ahead mode with SQLite's default
/// <c>synchronous=FULL</c>: a write that was acknowledged survives the death of the process and a loss of power.
/// <c>NORMAL</c> would survive the former only. It would save the wait for the disk (measured: 0.2 ms a commit on an idle
/// disk, 2.6 ms on a busy one), which those that write at the same time share (<see cref="WriterQueue"/>).
/// </remarks>
public sealed class StateDatabase : IStateDatabase
{
    /// <summary>The ADO.NET invariant by which the framework finds Microsoft.Data.Sqlite.</summary>
    public const string Invariant = "System.Data.SQLite";

    /// <summary>How long a statement waits for the write lock of another connection. Default 15 s.</summary>
    public static readonly TimeSpan BusyTimeout = TimeSpan.FromSeconds(15);

    /// <summary>
    /// How long SQLite itself waits for the lock before the driver does: it looks again after milliseconds, the driver after 150.
    /// </summary>
    private static readonly TimeSpan s_closeWatch = TimeSpan.FromSeconds(1);

    private StateDatabase(string path, SqliteOpenMode mode = SqliteOpenMode.ReadWriteCreate, bool pooling = true)
    {
        Path = path;
        ConnectionString = new SqliteConnectionStringBuilder
        {
            DataSource = path,
            Mode = mode,
            Cache = SqliteCacheMode.Private,
            DefaultTimeout = (int)BusyTimeout.TotalSeconds,
            Pooling = pooling,
        }.ToString();
        Source = SqliteFactory.Instance.CreateDataSource(ConnectionString);
    }

    /// <summary>The database file, absolute.</summary>
    public string Path { get; }

    /// <summary>Identical ones share one pool of connections.</summary>
    public string ConnectionString { get; }

    /// <inheritdoc />
    public DbDataSource Source { get; }

    string IStateDatabase.Name => Path;

    string IStateDatabase.Invariant => Invariant;

    bool IStateDatabase.HasOneWriter => true;

    string? IStateDatabase.TimeQuery => null;

    // The trigger on Status raises the version of the table.
    string IStateDatabase.MarkSiloDead => """
        UPDATE PgmMember SET Status = 6
         WHERE DeploymentId = @ClusterId AND Address = @Address AND Port = @Port AND Generation = @Generation AND Status = @Seen
        """;

    /// <summary>
    /// Opens or creates the database and brings its schema and statements up to date. Safe with any number of processes at
    /// once; when it returns, the schema is durable.
    /// </summary>
    /// <param name="path">The database file; its directory is created.</param>
    /// <exception cref="StateDatabaseException">The database cannot be used; the message says why and what to do.</exception>
    public static StateDatabase Open(string path)
    {
        var database = new StateDatabase(System.IO.Path.GetFullPath(path));
        try
        {
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(database.Path)!);
            using var connection = database.Connect();
            Migrate(connection, database.Path);
            return database;
        }
        catch (SqliteException e)
        {
            database.Release();
            throw SqliteErrors.Describe("open the state database", database.Path, e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StateDatabaseException(StateDatabaseFailure.NotWritable,
                $"Trying to open the state database {database.Path}: its directory cannot be created ({e.Message}). "
                + "Make it writable for this user, or choose another home directory.", e);
        }
        catch (StateDatabaseException)
        {
            database.Release();
            throw;
        }
    }

    /// <summary>A database that is there, as it is: nothing is made in it.</summary>
    internal static StateDatabase Existing(string path) => new(System.IO.Path.GetFullPath(path), SqliteOpenMode.ReadWrite, pooling: false);

    /// <summary>Opens a connection of the shared pool.</summary>
    internal SqliteConnection Connect()
    {
        var connection = new SqliteConnection(ConnectionString);
        try
        {
            connection.Open();
            Execute(connection, string.Create(CultureInfo.InvariantCulture, $"PRAGMA busy_timeout = {s_closeWatch.TotalMilliseconds:0}"));
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    DbConnection IStateDatabase.Connect() => Connect();

    // One that is not deferred takes the lock of those who write.
    DbTransaction IStateDatabase.BeginSnapshot(DbConnection connection) => ((SqliteConnection)connection).BeginTransaction(deferred: true);

    StateDatabaseException? IStateDatabase.Describe(string attempt, Exception exception) =>
        SqliteErrors.Find(exception) is { } sqlite ? SqliteErrors.Describe(attempt, Path, sqlite) : null;

    /// <summary>Closes the pooled connections of this process; the last process to do so folds the write-ahead log into the file.</summary>
    public void Release()
    {
        using var connection = new SqliteConnection(ConnectionString);
        SqliteConnection.ClearPool(connection);
    }

    private static void Migrate(SqliteConnection connection, string path)
    {
        // Write-ahead mode is a property of the file, so this writes once in the file's life; readers then never block a writer.
        Execute(connection, "PRAGMA journal_mode = WAL");

        // Taken even if nothing is to be done: only the attempt to write tells that the file cannot be written.
        using var transaction = connection.BeginTransaction(deferred: false);
        Execute(connection, """
            CREATE TABLE IF NOT EXISTS PgmSchema
            (
                Id         INTEGER NOT NULL PRIMARY KEY CHECK (Id = 1),
                Version    INTEGER NOT NULL,
                ModifiedAt TEXT    NOT NULL,
                ModifiedBy TEXT    NOT NULL
            )
            """);
        foreach (var table in new[] { SchemaVersions.MakeBeside, SecretTable.Make })
            Execute(connection, table.Replace("CREATE TABLE", "CREATE TABLE IF NOT EXISTS", StringComparison.Ordinal));
        var found = Version(SchemaVersions.Required);
        var known = SqlScripts.Sqlite.LatestVersion;
        if (found > known)
        {
            throw new StateDatabaseException(StateDatabaseFailure.NewerSchema,
                $"Trying to open the state database {path}: "
                + $"its schema has version {found}, this program ({ProductVersion.Current}) knows versions up to {known}. "
                + "Use the newer program that wrote it, or another home directory.");
        }
        var applied = Math.Max(found, Version(SchemaVersions.Beside));
        foreach (var migration in SqlScripts.Sqlite.Migrations.Where(migration => migration.Version > applied))
        {
            Execute(connection, migration.Sql);
            if (migration.IsNotedBeside(found))
            {
                Execute(
                    connection, SchemaVersions.NoteBeside, ("@Version", migration.Version), ("@Now", DateTime.UtcNow.Ticks),
                    ("@By", ProductVersion.Current));
                continue;
            }
            Execute(connection, SchemaVersions.ForgetBeside, ("@Version", migration.Version));
            Execute(connection, """
                INSERT INTO PgmSchema (Id, Version, ModifiedAt, ModifiedBy) VALUES (1, @Version, @Now, @By)
                ON CONFLICT (Id) DO UPDATE SET Version = excluded.Version, ModifiedAt = excluded.ModifiedAt, ModifiedBy = excluded.ModifiedBy
                """, ("@Version", migration.Version), ("@Now", DateTime.UtcNow), ("@By", ProductVersion.Current));
        }
        WriteStatements(connection);
        transaction.Commit();

        int Version(string query) => Convert.ToInt32(Scalar(connection, query), CultureInfo.InvariantCulture);
    }

    // Statements may be corrected without a change of the tables; a running silo keeps those it has read at its start.
    private static void WriteStatements(SqliteConnection connection)
    {
        foreach (var (key, text) in SqlScripts.Sqlite.Statements)
        {
            Execute(connection, """
                INSERT INTO OrleansQuery (QueryKey, QueryText) VALUES (@Key, @Text)
                ON CONFLICT (QueryKey) DO UPDATE SET QueryText = excluded.QueryText WHERE QueryText <> excluded.QueryText
                """, ("@Key", key), ("@Text", text));
        }
    }

    private static void Execute(SqliteConnection connection, string sql, params ReadOnlySpan<(string Name, object Value)> parameters)
    {
        using var command = Command(connection, sql, parameters);
        command.ExecuteNonQuery();
    }

    private static object? Scalar(SqliteConnection connection, string sql)
    {
        using var command = Command(connection, sql);
        return command.ExecuteScalar();
    }

    private static SqliteCommand Command(
        SqliteConnection connection, string sql, params ReadOnlySpan<(string Name, object Value)> parameters)
    {
        var command = connection.CreateCommand();
        command.CommandText = sql;
        foreach (var (name, value) in parameters) command.Parameters.AddWithValue(name, value);
        return command;
    }
}
