using Microsoft.Data.Sqlite;
using PgmCluster.Silo.Storage;
using PgmCluster.Silo.Storage.Schema;
using PgmCluster.Silo.Storage.Sqlite;
using PgmCluster.TestSupport;

namespace PgmCluster.Silo.Tests.Storage;

public sealed class StateDatabaseTests : IDisposable
{
    private readonly TemporaryHome _home = new();

    public void Dispose() => _home.Dispose();

    [Fact]
    public void Open_NewFile_InstallsSchemaAndEveryStatement()
    {
        var database = StateDatabase.Open(_home.DatabasePath);

        Assert.Equal((long)SqlScripts.Sqlite.LatestVersion, Scalar(database, "SELECT Version FROM PgmSchema"));
        Assert.Equal((long)SqlScripts.Sqlite.Statements.Count, Scalar(database, "SELECT count(*) FROM OrleansQuery"));
        Assert.Equal("wal", Scalar(database, "PRAGMA journal_mode"));
        Assert.Equal(2L, Scalar(database, "PRAGMA synchronous"));
        database.Release();
    }

    [Fact]
    public void Statements_AllOfThem_AreWhatTheFrameworkAsksForAndCompile()
    {
        var database = StateDatabase.Open(_home.DatabasePath);
        string[] expected =
        [
            "CleanupDefunctSiloEntriesKey", "CleanupDefunctSiloEntryKey", "ClearStorageKey", "DeleteMembershipTableEntriesKey",
            "DeleteStorageKey", "GatewaysQueryKey", "InsertMembershipKey", "InsertMembershipVersionKey",
            "MembershipReadAllKey",
            "MembershipReadRowKey", "ReadFromStorageKey", "UpdateIAmAlivetimeKey", "UpdateMembershipKey", "WriteToStorageKey",
        ];
        Assert.Equal(expected, SqlScripts.Sqlite.Statements.Keys.Order(StringComparer.Ordinal));
        Assert.All(SqlScripts.Sqlite.Statements, pair =>
        {
            Assert.DoesNotMatch("(?i)\\b(begin|commit|rollback)\\b", pair.Value);
            foreach (var statement in pair.Value.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            {
                // EXPLAIN compiles against the tables and changes nothing; unknown columns and syntax show here.
                using var connection = database.Connect();
                using var command = connection.CreateCommand();
                command.CommandText = "EXPLAIN " + statement;
                foreach (var name in System.Text.RegularExpressions.Regex.Matches(statement,
                    "@\\w+").Select(match => match.Value).Distinct())
                {
                    command.Parameters.AddWithValue(name, DBNull.Value);
                }
                Assert.NotNull(command.ExecuteScalar());
            }
        });
        database.Release();
    }

    [Fact]
    public void Open_Again_ChangesNothing()
    {
        StateDatabase.Open(_home.DatabasePath).Release();
        var database = StateDatabase.Open(_home.DatabasePath);
        var before = Scalar(database, "SELECT ModifiedAt FROM PgmSchema");

        StateDatabase.Open(_home.DatabasePath);

        Assert.Equal(before, Scalar(database, "SELECT ModifiedAt FROM PgmSchema"));
        database.Release();
    }

    [Fact]
    public void Open_StatementDiffersFromOurs_IsCorrected()
    {
        var database = StateDatabase.Open(_home.DatabasePath);
        Scalar(database, "UPDATE OrleansQuery SET QueryText = 'SELECT 1' WHERE QueryKey = 'WriteToStorageKey'");

        StateDatabase.Open(_home.DatabasePath);

        Assert.Equal(
            SqlScripts.Sqlite.Statements["WriteToStorageKey"],
            Scalar(database, "SELECT QueryText FROM OrleansQuery WHERE QueryKey = 'WriteToStorageKey'"));
        database.Release();
    }

    [Fact]
    public async Task Open_EightCallersAtOnce_InstallOnce()
    {
        using var together = new Barrier(8);
        var callers = Enumerable.Range(0, 8).Select(_ => Task.Factory.StartNew(() =>
        {
            together.SignalAndWait();
            return StateDatabase.Open(_home.DatabasePath);
        }, TaskCreationOptions.LongRunning)).ToArray();

        var databases = await Task.WhenAll(callers).WaitAsync(TimeSpan.FromSeconds(60));

        Assert.Equal(1L, Scalar(databases[0], "SELECT count(*) FROM PgmSchema"));
        Assert.Equal("ok", Scalar(databases[0], "PRAGMA integrity_check"));
        databases[0].Release();
    }

    [Fact]
    public void Open_NewerSchema_IsRefusedAndSaysBothVersions()
    {
        var database = StateDatabase.Open(_home.DatabasePath);
        Scalar(database, "UPDATE PgmSchema SET Version = 999");

        var e = Assert.Throws<StateDatabaseException>(() => StateDatabase.Open(_home.DatabasePath));

        Assert.Equal(StateDatabaseFailure.NewerSchema, e.Failure);
        Assert.Contains("version 999", e.Message);
        Assert.Contains($"up to {SqlScripts.Sqlite.LatestVersion}", e.Message);
        AssertOneLine(e);
        Assert.Equal(999L, Scalar(database, "SELECT Version FROM PgmSchema"));
        database.Release();
    }

    [Fact]
    public void Open_NotADatabase_IsRefusedAndLeftAlone()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_home.DatabasePath)!);
        File.WriteAllText(_home.DatabasePath, string.Concat(Enumerable.Repeat("this is a shopping list\n", 400)));
        var before = File.ReadAllBytes(_home.DatabasePath);

        var e = Assert.Throws<StateDatabaseException>(() => StateDatabase.Open(_home.DatabasePath));

        Assert.Equal(StateDatabaseFailure.NotADatabase, e.Failure);
        AssertOneLine(e);
        Assert.Equal(before, File.ReadAllBytes(_home.DatabasePath));
    }

    [Fact]
    public void Open_PathIsADirectory_IsRefused()
    {
        Directory.CreateDirectory(_home.DatabasePath);

        var e = Assert.Throws<StateDatabaseException>(() => StateDatabase.Open(_home.DatabasePath));

        Assert.Equal(StateDatabaseFailure.NotWritable, e.Failure);
        AssertOneLine(e);
    }

    [Fact]
    public void Open_ReadOnlyDisk_IsRefusedWithAndWithoutAFile()
    {
        using var disk = new SmallDisk();
        var existing = Path.Combine(disk.Path, "state", "pgm.db");
        StateDatabase.Open(existing).Release();
        disk.MakeReadOnly();

        foreach (var path in new[] { existing, Path.Combine(disk.Path, "state", "other.db"), Path.Combine(
            disk.Path, "elsewhere", "pgm.db") })
        {
            var e = Assert.Throws<StateDatabaseException>(() => StateDatabase.Open(path));
            Assert.Equal(StateDatabaseFailure.NotWritable, e.Failure);
            Assert.Contains(path, e.Message);
            AssertOneLine(e);
        }
    }

    [Fact]
    public void Open_FullDisk_IsRefusedAndWorksOnceThereIsSpace()
    {
        using var disk = new SmallDisk();
        var path = Path.Combine(disk.Path, "pgm.db");
        disk.Fill();

        var e = Assert.Throws<StateDatabaseException>(() => StateDatabase.Open(path));

        Assert.Equal(StateDatabaseFailure.DiskFull, e.Failure);
        AssertOneLine(e);
        disk.FreeUp();
        StateDatabase.Open(path).Release();
    }

    private static void AssertOneLine(Exception e) => Assert.DoesNotContain('\n', e.Message);

    private static object? Scalar(StateDatabase database, string sql)
    {
        using var connection = database.Connect();
        using var command = new SqliteCommand(sql, connection);
        return command.ExecuteScalar();
    }
}
