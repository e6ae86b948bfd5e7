using PgmCluster.Chaos.Clusters;
using PgmCluster.Cluster.Tests.Support;
using PgmCluster.Silo.Storage;
using PgmCluster.Silo.Storage.Schema;
using PgmCluster.TestSupport.Processes;

namespace PgmCluster.Cluster.Tests.Processes;

/// <summary>How silos start on a PostgreSQL database.</summary>
[Collection(PostgresCollection.Name)]
public sealed class StartTests(PostgresFixture postgres)
{
    [Fact]
    public async Task Start_FourSilosAtOnceOnAnEmptyDatabase_InstallTheSchemaOnceAndFormACluster()
    {
        var (name, connectionString) = await postgres.CreateDatabaseAsync();
        await using var cluster = new LocalCluster(connectionString);

        await cluster.StartAsync([.. Enumerable.Range(1, 4).Select(i => SiloPlan.Control($"silo{i}"))]);

        Assert.Equal(1L, await postgres.Server.ExecuteAsync(name, "SELECT count(*) FROM PgmSchema"));
        Assert.Equal(
            (long)SqlScripts.Postgres.Statements.Count, await postgres.Server.ExecuteAsync(name, "SELECT count(*) FROM OrleansQuery"));
        Assert.Equal(
            "silo1,silo2,silo3,silo4",
            await postgres.Server.ExecuteAsync(name, "SELECT string_agg(SiloName, ',' ORDER BY SiloName) FROM PgmMember WHERE Status = 3"));
    }

    [Fact]
    public async Task Start_DatabaseIsNotThereYet_WaitsForIt_AndNeverTellsThePassword()
    {
        _ = postgres.Server;
        const string Password = "not-f0r-logs";
        await using var server = await PostgresServer.CreateAsync(start: false, password: Password);
        await using var cluster = new LocalCluster(server.ConnectionString("postgres"));

        var silo = cluster.Start(SiloPlan.Control());
        await Until.Holds("the silo says that it waits", () => silo.Error.Contains("Waiting up to 60 s", StringComparison.Ordinal));
        Assert.False(silo.IsReady);
        await server.StartAsync();
        await silo.ReadyAsync();

        silo.Terminate();
        Assert.Equal(0, await silo.WaitForExitAsync());
        Assert.Contains("Waiting up to 60 s", silo.ReadLog());
        Assert.DoesNotContain(Password, silo.ReadLog() + silo);
    }

    [Fact]
    public async Task Run_PasswordIsRefused_IsWrittenDownInLinesWithoutStacks()
    {
        _ = postgres.Server;
        await using var server = await PostgresServer.CreateAsync(password: "f1rst-word");
        await using var cluster = new LocalCluster(server.ConnectionString("postgres"));
        var silo = cluster.Start(SiloPlan.Control());
        await silo.ReadyAsync();

        await server.ExecuteAsync(
            "postgres", "ALTER ROLE pgm PASSWORD 's3cond-word'; "
            + "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND usename = 'pgm'");

        await Until.Holds("the silo says that it is refused", () => silo.ReadLog().Contains("SQLSTATE 28P01", StringComparison.Ordinal));
        Assert.DoesNotContain("   at ", silo.ReadLog());
    }

    [Fact]
    public async Task Start_NewerSchema_IsRefusedInOneLine()
    {
        var (name, connectionString) = await postgres.CreateDatabaseAsync();
        await postgres.Server.ExecuteAsync(
            name,
            "CREATE TABLE PgmSchema (Id integer PRIMARY KEY, Version integer NOT NULL, ModifiedAt timestamptz, ModifiedBy text); "
            + "INSERT INTO PgmSchema VALUES (1, 999, now(), '9.9')");
        await using var cluster = new LocalCluster(connectionString);

        var silo = cluster.Start(SiloPlan.Control());

        Assert.Equal(2, await silo.WaitForExitAsync());
        var line = Assert.Single(silo.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains("schema has version 999", line);
        Assert.DoesNotContain("Waiting", line);
    }
}
