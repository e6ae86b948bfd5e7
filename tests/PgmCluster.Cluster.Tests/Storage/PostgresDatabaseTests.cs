using System.Diagnostics;
using System.Text.RegularExpressions;
using Npgsql;
using PgmCluster.Chaos.Clusters;
using PgmCluster.Cluster.Tests.Support;
using PgmCluster.Execution.Doctor;
using PgmCluster.Silo.Doctor;
using PgmCluster.Silo.Options;
using PgmCluster.Silo.Storage;
using PgmCluster.Silo.Storage.Postgres;
using PgmCluster.Silo.Storage.Schema;
using PgmCluster.Silo.Storage.Secrets;

namespace PgmCluster.Cluster.Tests.Storage;

[Collection(PostgresCollection.Name)]
public sealed class PostgresDatabaseTests(PostgresFixture postgres)
{
    [Fact]
    public async Task Open_EmptyDatabase_InstallsSchemaAndEveryStatement()
    {
        var (name, connectionString) = await postgres.CreateDatabaseAsync();

        var database = await Open(connectionString);

        Assert.Equal(
            $"{SqlScripts.Postgres.LatestVersion}", $"{await postgres.Server.ExecuteAsync(name, "SELECT Version FROM PgmSchema")}");
        Assert.Equal(
            SqlScripts.Sqlite.Statements.Keys.Order(StringComparer.Ordinal),
            SqlScripts.Postgres.Statements.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(
            (long)SqlScripts.Postgres.Statements.Count, await postgres.Server.ExecuteAsync(name, "SELECT count(*) FROM OrleansQuery"));
        database.Release();
    }

    [Fact]
    public async Task Statements_AllOfThem_CompileWithTheFrameworksTypes()
    {
        var (name, connectionString) = await postgres.CreateDatabaseAsync();
        (await Open(connectionString)).Release();
        foreach (var (key, text) in SqlScripts.Postgres.Statements)
        {
            Assert.DoesNotMatch("(?i)\\b(begin|commit|rollback)\\b", text);
            var typed = Regex.Replace(text, "@(\\w+)", match => $"NULL::{TypeOf(match.Groups[1].Value)}");
            Assert.True(await postgres.Server.ExecuteAsync(name, "EXPLAIN " + typed) is string, key);
        }

        static string TypeOf(string parameter) => parameter switch
        {
            "GrainIdN0" or "GrainIdN1" => "bigint",
            "PayloadBinary" => "bytea",
            "StartTime" or "IAmAliveTime" => "timestamptz",
            "DeploymentId" or "Address" or "SiloName" or "HostName" or "SuspectTimes" or "ServiceId" or "GrainTypeString"
                or "GrainIdExtensionString" => "text",
            _ => "integer",
        };
    }

    [Fact]
    public async Task Open_Again_ChangesNothing_AndCorrectsAStatementThatIsNotOurs()
    {
        var (name, connectionString) = await postgres.CreateDatabaseAsync();
        (await Open(connectionString)).Release();
        var before = await postgres.Server.ExecuteAsync(name, "SELECT ModifiedAt FROM PgmSchema");
        await postgres.Server.ExecuteAsync(name, "UPDATE OrleansQuery SET QueryText = 'SELECT 1' WHERE QueryKey = 'WriteToStorageKey'");

        (await Open(connectionString)).Release();

        Assert.Equal(before, await postgres.Server.ExecuteAsync(name, "SELECT ModifiedAt FROM PgmSchema"));
        Assert.Equal(SqlScripts.Postgres.Statements["WriteToStorageKey"],
            await postgres.Server.ExecuteAsync(name, "SELECT QueryText FROM OrleansQuery WHERE QueryKey = 'WriteToStorageKey'"));
    }

    [Fact]
    public async Task Open_EightCallersAtOnce_InstallOnce()
    {
        var (name, connectionString) = await postgres.CreateDatabaseAsync();

        var databases = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => Open(connectionString))));

        Assert.Equal(1L, await postgres.Server.ExecuteAsync(name, "SELECT count(*) FROM PgmSchema"));
        foreach (var database in databases) database.Release();
    }

    [Fact]
    public async Task Open_InstallationFailsInTheMiddle_LeavesNothingBehind()
    {
        var (name, connectionString) = await postgres.CreateDatabaseAsync();
        await postgres.Server.ExecuteAsync(name, "CREATE TABLE PgmReminder (theirs text)");

        var e = await Assert.ThrowsAsync<StateDatabaseException>(() => Open(connectionString));

        AssertOneLine(e);
        Assert.Contains("pgmreminder", e.Message);
        Assert.Equal(DBNull.Value, await postgres.Server.ExecuteAsync(name, "SELECT to_regclass('pgmschema')::text"));
        Assert.Equal(DBNull.Value, await postgres.Server.ExecuteAsync(name, "SELECT to_regclass('pgmgrainstate')::text"));
    }

    [Fact]
    public async Task Open_NewerSchema_IsRefusedAndSaysBothVersions()
    {
        var (name, connectionString) = await postgres.CreateDatabaseAsync();
        (await Open(connectionString)).Release();
        await postgres.Server.ExecuteAsync(name, "UPDATE PgmSchema SET Version = 999");

        var e = await Assert.ThrowsAsync<StateDatabaseException>(() => Open(connectionString));

        Assert.Equal(StateDatabaseFailure.NewerSchema, e.Failure);
        Assert.Contains("version 999", e.Message);
        Assert.Contains($"up to {SqlScripts.Postgres.LatestVersion}", e.Message);
        AssertOneLine(e);
    }

    [Fact]
    public async Task Open_NoSuchDatabase_IsRefusedAtOnce()
    {
        var e = await Assert.ThrowsAsync<StateDatabaseException>(
            () => Open(postgres.Server.ConnectionString("nowhere"), TimeSpan.FromMinutes(1)));

        Assert.Equal(StateDatabaseFailure.NotADatabase, e.Failure);
        Assert.Contains("'nowhere' at 127.0.0.1", e.Message);
        AssertOneLine(e);
    }

    [Fact]
    public async Task Open_UserWithoutRights_IsRefused_AndMayUseTablesThatSomebodyMadeForIt()
    {
        var (name, connectionString) = await postgres.CreateDatabaseAsync();
        await postgres.Server.ExecuteAsync(name, $"CREATE ROLE guest_{name} LOGIN; REVOKE CREATE ON SCHEMA public FROM PUBLIC");
        var guest = new NpgsqlConnectionStringBuilder(connectionString) { Username = $"guest_{name}" }.ConnectionString;

        var e = await Assert.ThrowsAsync<StateDatabaseException>(() => Open(guest));
        Assert.Equal(StateDatabaseFailure.NotWritable, e.Failure);
        AssertOneLine(e);

        (await Open(connectionString)).Release();
        var tables = await Assert.ThrowsAsync<StateDatabaseException>(() => Open(guest));
        Assert.Equal(StateDatabaseFailure.NotWritable, tables.Failure);
        Assert.Contains("SELECT, INSERT, UPDATE and DELETE on the tables", tables.Message);
        await postgres.Server.ExecuteAsync(name, $"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO guest_{name}");
        var opened = await Open(guest);
        ClusterSecrets.Read(new SiloOptions(), opened);
        opened.Release();
        var options = new SiloOptions { Database = guest };
        Assert.Equal(FindingState.Ok, DatabaseFindings.Look(options).Finding.State);

        await postgres.Server.ExecuteAsync(name, $"REVOKE ALL ON PgmClusterSecret FROM guest_{name}");
        var secret = Assert.Throws<StateDatabaseException>(() => ClusterSecrets.Read(new SiloOptions(), opened));
        Assert.Contains("SELECT, INSERT, UPDATE and DELETE on the tables", secret.Message);
        AssertOneLine(secret);
        Assert.Equal(FindingState.Failed, DatabaseFindings.Look(options).Finding.State);
        await postgres.Server.ExecuteAsync(name, "DROP TABLE PgmClusterSecret");
        Assert.Contains("lacks the table PgmClusterSecret", DatabaseFindings.Look(options).Finding.Found);
        opened.Release();
    }

    [Fact]
    public async Task Open_NobodyThere_WaitsAsLongAsToldAndSaysSoOnce()
    {
        var notices = new List<string>();
        var watch = Stopwatch.StartNew();

        var e = await Assert.ThrowsAsync<StateDatabaseException>(() => PostgresDatabase.OpenAsync(
            () => "Host=127.0.0.1;Port=1;Database=d;Username=u;Password=s3cret-word", TimeSpan.FromSeconds(1.5), notices.Add, TimeProvider.System,
            CancellationToken.None));

        Assert.True(watch.Elapsed > TimeSpan.FromSeconds(1.5), $"gave up after {watch.Elapsed}");
        Assert.Equal(StateDatabaseFailure.Unreachable, e.Failure);
        Assert.Contains("127.0.0.1:1", Assert.Single(notices));
        Assert.All([e.Message, .. notices], line => Assert.DoesNotContain("s3cret-word", line));
        AssertOneLine(e);
    }

    [Fact]
    public async Task Open_WrongPassword_IsRefusedAtOnceAndNeverTellsIt()
    {
        await using var server = await StartedWithPasswords();

        var wrong = new NpgsqlConnectionStringBuilder(server.ConnectionString("postgres")) { Password = "wr0ng-word" };
        var e = await Assert.ThrowsAsync<StateDatabaseException>(() => Open(wrong.ConnectionString, TimeSpan.FromMinutes(1)));

        Assert.Equal(StateDatabaseFailure.AccessDenied, e.Failure);
        Assert.DoesNotContain("wr0ng-word", e.ToString());
        AssertOneLine(e);
    }

    private Task<PostgresServer> StartedWithPasswords()
    {
        _ = postgres.Server;
        return PostgresServer.CreateAsync(password: "right");
    }

    private static Task<PostgresDatabase> Open(string connectionString, TimeSpan wait = default) =>
        PostgresDatabase.OpenAsync(() => connectionString, wait, null, TimeProvider.System, CancellationToken.None);

    private static void AssertOneLine(Exception e) => Assert.DoesNotContain('\n', e.Message);
}
