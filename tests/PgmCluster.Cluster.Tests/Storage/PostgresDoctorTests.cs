using PgmCluster.Cluster.Tests.Support;
using PgmCluster.Execution.Doctor;
using PgmCluster.Silo.Doctor;
using PgmCluster.Silo.Hosting;
using PgmCluster.Silo.Options;
using PgmCluster.Silo.Storage.Postgres;
using PgmCluster.Silo.Tests;

namespace PgmCluster.Cluster.Tests.Storage;

/// <summary>What the doctor says of a PostgreSQL database, and of a clock that is not the database's.</summary>
[Collection(PostgresCollection.Name)]
public sealed class PostgresDoctorTests(PostgresFixture postgres) : IDisposable
{
    private readonly TemporaryHome _home = new();

    public void Dispose() => _home.Dispose();

    [Fact]
    public async Task Database_Empty_IsOk_AndStaysEmpty()
    {
        var (name, connectionString) = await postgres.CreateDatabaseAsync();

        var lines = Look(connectionString);

        Assert.All(["database", "clock"], subject => Assert.Equal(FindingState.Ok, lines[subject].State));
        Assert.Contains("no tables yet", lines["database"].Found);
        Assert.Equal(0L, await postgres.Server.ExecuteAsync(name, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"));
    }

    [Fact]
    public async Task Database_UserWithoutRights_Fails_AndSaysWhichToGrant()
    {
        var (name, connectionString) = await postgres.CreateDatabaseAsync();
        await postgres.Server.ExecuteAsync(
            name, "DO $$ BEGIN CREATE ROLE guest LOGIN PASSWORD 'guest'; EXCEPTION WHEN duplicate_object THEN NULL; END $$; REVOKE "
            + "CREATE ON SCHEMA public FROM PUBLIC");
        var guest = new Npgsql.NpgsqlConnectionStringBuilder(connectionString) { Username = "guest", Password = "guest" }.ConnectionString;

        Assert.StartsWith("Grant the user CREATE", Failed(guest, "database").Advice);

        (await PostgresDatabase.OpenAsync(() => connectionString, TimeSpan.Zero, null, TimeProvider.System, CancellationToken.None)).Release();
        await postgres.Server.ExecuteAsync(name, "GRANT SELECT ON ALL TABLES IN SCHEMA public TO guest");
        Assert.StartsWith("Grant the user SELECT, INSERT, UPDATE and DELETE", Failed(guest, "database").Advice);
    }

    [Fact]
    public async Task Clock_AnHourAhead_IsAWarning_ADayAhead_Fails()
    {
        var (_, connectionString) = await postgres.CreateDatabaseAsync();
        var database = PostgresDatabase.Existing(connectionString);

        var late = ClockFindings.Look(database, isLocal: false, new ShiftedTime(TimeSpan.FromHours(1)));
        var lost = ClockFindings.Look(database, isLocal: false, new ShiftedTime(TimeSpan.FromDays(1)));
        database.Release();

        Assert.Equal(FindingState.Warning, late.State);
        Assert.Contains("60 min ahead of", late.Found);
        Assert.Equal(FindingState.Failed, lost.State);
        Assert.StartsWith("Set the clock (NTP)", lost.Advice);
    }

    private Finding Failed(string connectionString, string subject)
    {
        var lines = Look(connectionString);
        Assert.Equal([subject], lines.Values.Where(l => l.State == FindingState.Failed).Select(l => l.Subject));
        return lines[subject];
    }

    private Dictionary<string, Finding> Look(string connectionString) =>
        Installation.Examine(new SiloOptions { Home = _home.Path, Devices = "none", Database = connectionString }, [], all: false)
            .ToDictionary(f => f.Subject);

    private sealed class ShiftedTime(TimeSpan by) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + by;
    }
}
