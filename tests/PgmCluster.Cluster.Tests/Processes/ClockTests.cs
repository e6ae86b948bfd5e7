using PgmCluster.Chaos.Clusters;
using PgmCluster.Cluster.Tests.Support;
using PgmCluster.TestSupport.Processes;

namespace PgmCluster.Cluster.Tests.Processes;

/// <summary>Silos whose clocks do not agree.</summary>
[Collection(PostgresCollection.Name)]
public sealed class ClockTests(PostgresFixture postgres)
{
    [Fact]
    public async Task Join_ClockTenMinutesBehind_JoinsAndNamesTheSkewInOneLine()
    {
        var (name, connectionString) = await postgres.CreateDatabaseAsync();
        using var skewed = await SkewedClock.CreateAsync();
        await using var cluster = new LocalCluster(connectionString);
        await cluster.StartAsync(SiloPlan.Control("right"));

        await cluster.StartAsync(skewed.Of(SiloPlan.Control("late"), TimeSpan.FromMinutes(-10)));

        Assert.Equal("late,right", await ActiveAsync(name));
        var line = Assert.Single(cluster["late"].Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Matches("The clock of this machine is (9|10) min behind that of the state database ", line);
        Assert.Equal("", cluster["right"].Error);
    }

    [Fact]
    public async Task Join_AnotherSilosClockIsTwoHoursAhead_JoinsAndIsFoundDeadWhenItIs()
    {
        var (name, connectionString) = await postgres.CreateDatabaseAsync();
        using var skewed = await SkewedClock.CreateAsync();
        await using var cluster = new LocalCluster(connectionString);
        Directory.CreateDirectory(Path.Combine(cluster.Artifacts, ".unfinished"));
        // What another silo is writing: files are named so until they are whole.
        var written = Path.Combine(cluster.Artifacts, ".unfinished", ".tmp-being-written");
        await File.WriteAllTextAsync(written, "half");
        await cluster.StartAsync(skewed.Of(SiloPlan.Device("early"), TimeSpan.FromHours(2)), SiloPlan.Control("right"));
        Assert.True(File.Exists(written), "a silo whose clock is ahead has removed what another is writing");

        await cluster["right"].KillAsync();
        await Until.Holds(
            "the early silo has found out that the other is dead", async () => await ActiveAsync(name), active => active == "early");
        await cluster.StartAsync(SiloPlan.Control("right"), SiloPlan.Control("new"));

        Assert.Equal("early,new,right", await ActiveAsync(name));
        await cluster["early"].KillAsync();
        await Until.Holds(
            "the others have found out that the early silo is dead", async () => await ActiveAsync(name), active => active == "new,right");
        Assert.True(
            (bool)(await postgres.Server.ExecuteAsync(name, "SELECT bool_and(StartTime <= now() AND IAmAliveTime <= now()) FROM "
            + "PgmMember"))!);
    }

    [Fact]
    public async Task Start_ClockDaysOff_IsRefusedInOneLine()
    {
        var (_, connectionString) = await postgres.CreateDatabaseAsync();
        using var skewed = await SkewedClock.CreateAsync();
        await using var cluster = new LocalCluster(connectionString);

        var silo = cluster.Start(skewed.Of(SiloPlan.Control("lost"), TimeSpan.FromDays(-400)));

        Assert.NotEqual(0, await silo.WaitForExitAsync());
        var line = Assert.Single(silo.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains("the clock of this machine is 400.0 days behind that of the state database", line);
    }

    [Fact]
    public async Task Find_ClockIsSetByAnHourAfterTheSiloStarted_CommandsStillFindIt()
    {
        using var skewed = await SkewedClock.CreateAsync();
        await using var cluster = new LocalCluster(database: null);
        await cluster.StartAsync(SiloPlan.Control());

        foreach (var hours in new[] { 1, -1 })
        {
            using var list = ChildProcess.Start(
                [Dotnet.Program, "exec", LocalCluster.Program, "runs", "list",
                    "--no-embed", "--home", Path.Combine(cluster.Directory, "home")],
                skewed.Of(SiloPlan.Control(), TimeSpan.FromHours(hours)).Environment);
            Assert.True(await list.WaitForExitAsync() == 0, list.ToString());
        }
    }

    private async Task<string> ActiveAsync(string database) =>
        $"{await postgres.Server.ExecuteAsync(database, "SELECT string_agg(SiloName, ',' ORDER BY SiloName) FROM PgmMember WHERE Status = 3")}";
}
