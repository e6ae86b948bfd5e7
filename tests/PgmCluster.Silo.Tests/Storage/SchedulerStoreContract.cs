using Orleans.Storage;
using PgmCluster.Grains.Scheduling.Rows;
using PgmCluster.Silo.Storage;

namespace PgmCluster.Silo.Tests.Storage;

/// <summary>The scheduler's queue and leases as rows, whatever the database.</summary>
public abstract class SchedulerStoreContract : StateDatabaseContract
{
    [Fact]
    public async Task Write_ThenRead_GivesEveryRowAsItWas_AlsoByAnotherStore()
    {
        Assert.Equal(0, (await Store().Read()).Version);
        var change = Full();

        Assert.Equal(1, await Store().Write(change));

        var read = await Store().Read();
        Assert.Equal((1, 9), (read.Version, read.LastLease));
        Assert.Equal(change.Work.Put, read.Work.OrderBy(w => w.Number));
        Assert.Equal(change.Leases.Put, read.Leases.OrderBy(l => l.Number));
        Assert.Equal(change.Losses.Put, read.Losses.OrderBy(l => l.Number));
        Assert.Equal(change.Reservations.Put, read.Reservations);
        Assert.Equal(change.Usage.Put, read.Usage);
        Assert.Equal("""{"größe":"'s"}""", await Store().ReadDocument("run", 3));
    }

    [Fact]
    public async Task Write_RowsChangedAndRemoved_AreAloneInWhatIsReadThen()
    {
        var version = await Store().Write(Full());
        var lease = Full().Leases.Put[0] with { Stopping = false };

        await Store().Write(new SchedulerChange
        {
            Version = version,
            LastLease = 10,
            Work = new([Work("new")], ["run"]),
            Documents = new Dictionary<string, string> { ["new"] = "{}" },
            Leases = new([lease], [("b/cpu:0", 9)]),
            Losses = new([Loss("b/cpu:0", 9, "run"), Loss("a/cpu:0", 6, "run") with { Remaining = 1 }], [("a/cpu:0", 7)]),
            Reservations = new([], ["c/cpu:0"]),
            Usage = new([], ["bob"]),
        });

        var read = await Store().Read();
        Assert.Equal((2, 10), (read.Version, read.LastLease));
        Assert.Equal(["new", "next"], read.Work.Select(w => w.WorkId).Order());
        Assert.Equal([lease], read.Leases);
        Assert.Equal(
            [Loss("a/cpu:0", 6, "run") with { Remaining = 1 }, Loss("b/cpu:0", 9, "run")], read.Losses.OrderBy(l => l.Number));
        Assert.Empty(read.Reservations);
        Assert.Empty(read.Usage);
        Assert.Null(await Store().ReadDocument("run", 3));
        Assert.Equal("next's", await Store().ReadDocument("next", 1));
    }

    [Fact]
    public async Task Write_WorkOfANewerGeneration_TakesThePlaceOfTheOlderOne()
    {
        var version = await Store().Write(Full());
        await Store().Write(new SchedulerChange
        {
            Version = version,
            LastLease = 9,
            Work = new([Work("run") with { Generation = 4 }], []),
            Documents = new Dictionary<string, string> { ["run"] = "newer" },
        });
        Assert.Equal(4, (await Store().Read()).Work.Single(w => w.WorkId == "run").Generation);
        Assert.Null(await Store().ReadDocument("run", 3));
        Assert.Equal("newer", await Store().ReadDocument("run", 4));
    }

    [Fact]
    public async Task Write_FromAnOutdatedVersion_IsInconsistentAndChangesNothing()
    {
        await Store().Write(Full());
        foreach (var version in new[] { 0, 2, 7 })
        {
            var e = await Assert.ThrowsAsync<InconsistentStateException>(() => Store().Write(Full() with
            {
                Version = version,
                Work = new([Work("stale")], ["run"]),
                Documents = new Dictionary<string, string> { ["stale"] = "{}" },
            }));
            Assert.Contains($"somebody else has written it after version {version}", e.Message);
        }
        var read = await Store().Read();
        Assert.Equal(1, read.Version);
        Assert.Equal(["next", "run"], read.Work.Select(w => w.WorkId).Order());
    }

    [Fact]
    public async Task Write_ThatFailsHalfWay_ChangesNothing()
    {
        await Store().Write(Full());
        await Assert.ThrowsAnyAsync<Exception>(() => Store().Write(new SchedulerChange
        {
            Version = 1,
            LastLease = 9,
            Work = new([Work("without a document"), Work("another")], ["run"]),
            Documents = new Dictionary<string, string> { ["without a document"] = null!, ["another"] = "{}" },
        }));
        var read = await Store().Read();
        Assert.Equal(1, read.Version);
        Assert.Equal(["next", "run"], read.Work.Select(w => w.WorkId).Order());
        Assert.Equal(2, await Store().Write(new SchedulerChange { Version = 1, LastLease = 9 }));
    }

    [Fact]
    public async Task Write_ManyAtOnce_OneOfEachVersionWins()
    {
        for (var version = 0; version < 10; version++)
        {
            var won = await Task.WhenAll(Enumerable.Range(0, 4).Select(i => Task.Run(async () =>
            {
                try
                {
                    // Of a process of its own: nobody waits for another's turn.
                    await Store().Write(new SchedulerChange
                    {
                        Version = version,
                        LastLease = version,
                        Work = new([Work($"{version} by {i}")], []),
                        Documents = new Dictionary<string, string> { [$"{version} by {i}"] = "{}" },
                    });
                    return $"{version} by {i}";
                }
                catch (InconsistentStateException)
                {
                    return null;
                }
            })));
            var read = await Store().Read();
            Assert.Equal(won.Single(id => id is not null), read.Work.Select(w => w.WorkId).Order(StringComparer.Ordinal).Last());
            Assert.Equal((version + 1, version + 1), (read.Version, read.Work.Count));
        }
    }

    [Fact]
    public async Task Write_TwoClusters_KeepApart()
    {
        await Store("pgm").Write(Full());
        Assert.Equal(0, (await Store("pgm/other").Read()).Version);
        Assert.Null(await Store("pgm/other").ReadDocument("run", 3));
        await Store("pgm/other").Write(new SchedulerChange
        {
            Version = 0,
            LastLease = 1,
            Work = new([Work("run")], []),
            Documents = new Dictionary<string, string> { ["run"] = "other" },
        });
        Assert.Equal(2, (await Store("pgm").Read()).Work.Count);
        Assert.Equal("run", Assert.Single((await Store("pgm/other").Read()).Work).WorkId);
    }

    [Fact]
    public async Task Write_TenThousandWorks_AllOfThemAreRead()
    {
        await Store().Write(new SchedulerChange
        {
            Version = 0,
            LastLease = 0,
            Work = new([.. Enumerable.Range(0, 10_000).Select(i => Work($"part-{i:00000}"))], []),
            Documents = Enumerable.Range(0, 10_000).ToDictionary(i => $"part-{i:00000}", i => $"document {i}"),
        });
        Assert.Equal(10_000, (await Store().Read()).Work.Count);
        Assert.Equal("document 9999", await Store().ReadDocument("part-09999", 1));
    }

    private protected ISchedulerStore Store(string stateId = "pgm") =>
        new SchedulerStore(Database, stateId, new WriterQueue(Database, TimeProvider.System));

    protected static ScheduledWork Work(string id) => new()
    {
        WorkId = id,
        Generation = 1,
        Kind = "fake",
        Owner = "owner/job",
        SubmittedAt = Time,
        WaitingSince = Time,
    };

    protected static DeviceLease Lease(string worker, long number, string work) => new()
    {
        Worker = worker,
        Number = number,
        WorkId = work,
        Generation = 1,
        Incarnation = "abc",
        Since = Time,
        GrantedAt = Time,
    };

    private static LeaseLoss Loss(string worker, long number, string work) => new()
    {
        Worker = worker,
        Number = number,
        Incarnation = "abc",
        WorkId = work,
        Generation = 3,
        Owner = "trainingrun/run",
        LostAt = Time,
    };

    private static SchedulerChange Full() => new()
    {
        Version = 0,
        LastLease = 9,
        Work = new(
            [
                new ScheduledWork
                {
                    WorkId = "run", Generation = 3, Kind = "train", Owner = "trainingrun/run", SubmittedAt = Time, Number = 1,
                    MinWorkers = 2, MaxWorkers = 4, Priority = 5, User = "größe", Numerics = "x64-avx2", WaitingSince = Time.AddTicks(1),
                },
                Work("next") with { Number = 2 },
            ], []),
        Documents = new Dictionary<string, string> { ["run"] = """{"größe":"'s"}""", ["next"] = "next's" },
        Leases = new(
            [
                Lease("a/cpu:0", 8, "run") with { Stopping = true, User = "größe", GrantedPriority = 6 },
                Lease("b/cpu:0", 9, "run"),
            ], []),
        Losses = new(
            [Loss("a/cpu:0", 6, "run") with { Remaining = 3, Orderly = true }, Loss("a/cpu:0", 7, "größe")], []),
        Reservations = new([new DeviceReservation { Worker = "c/cpu:0", WorkId = "next" }], []),
        Usage = new([new UserUsage { User = "bob", Seconds = 12.5, AsOf = Time }], []),
    };
}
