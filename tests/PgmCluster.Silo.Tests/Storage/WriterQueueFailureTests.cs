using System.Data.Common;
using Microsoft.Data.Sqlite;
using Orleans;
using Orleans.Runtime;
using Orleans.Storage;
using PgmCluster.Grains.Scheduling.Rows;
using PgmCluster.Silo.Storage;
using PgmCluster.Silo.Storage.States;
using PgmCluster.Silo.TestHost;

namespace PgmCluster.Silo.Tests.Storage;

/// <summary>What is written together succeeds or fails by itself.</summary>
public sealed class WriterQueueFailureTests : WriterQueueContext
{
    [Fact]
    public async Task Write_TheCommitFailsByOne_ItAloneFails()
    {
        using (var connection = Database.Connect())
            connection.Execute("CREATE TABLE Child (Name TEXT REFERENCES Probe (Name) DEFERRABLE INITIALLY DEFERRED)");

        var results = await Together(
            Put("a"), transaction => transaction.Execute("INSERT INTO Child (Name) VALUES ('nobody')"), Put("b"));

        Assert.Equal([null, typeof(SqliteException), null], results.Select(e => e?.GetType()));
        Assert.Equal(["a", "b", "first"], Stored());
    }

    [Fact]
    public async Task Write_AConnectionCannotEvenBeClosed_TheNextIsWritten()
    {
        var database = new HookedDatabase(Database, number => number == 1 ? new Brittle(Database.Source.ConnectionString) : Database.Connect());
        using var writers = new WriterQueue(database, TimeProvider.System);

        await Assert.ThrowsAsync<InconsistentStateException>(
            () => writers.Write<int>(_ => throw new InconsistentStateException("outdated")));

        Assert.Equal(1, await writers.Write(Put("next")));
    }

    [Fact]
    public async Task Write_AfterOneFailedTheOthersCannotBegin_TheyFailTogether()
    {
        var database = new HookedDatabase(Database, number => number == 1 ? Database.Connect() : throw new SqliteException("busy", 5));
        using var writers = new WriterQueue(database, TimeProvider.System);

        var results = await Holding(writers, () => [.. new[] { Put("a"), Put("first"), Put("b") }.Select(write => writers.Write(write))]);

        Assert.All(results, e => Assert.Same(results[0], e));
        Assert.IsType<SqliteException>(results[0]);
        Assert.Equal(2, database.Connections);
        Assert.Equal(["first"], Stored());
    }

    [Fact]
    public async Task Write_OneIsOutdated_ItAloneIsRefused()
    {
        var results = await Together(Put("a"), _ => throw new InconsistentStateException("outdated"), Put("b"));

        Assert.Equal([null, typeof(InconsistentStateException), null], results.Select(e => e?.GetType()));
        Assert.Equal(["a", "b", "first"], Stored());
    }

    [Fact]
    public async Task Write_OneIsOutdatedAfterItHasChangedSomething_OfItNothingIsStored()
    {
        var results = await Together(
            Put("a"),
            async transaction =>
            {
                await transaction.Execute(Insert, ("@Name", "half"));
                throw new InconsistentStateException("outdated");
            },
            Put("b"));

        Assert.Equal([null, typeof(InconsistentStateException), null], results.Select(e => e?.GetType()));
        Assert.Equal(["a", "b", "first"], Stored());
    }

    [Fact]
    public async Task Write_StaleQueueAndStaleGrainAmongOthers_TheyAloneAreRefused()
    {
        var queue = new SchedulerStore(Database, "pgm", Writers);
        var rows = new GrainStateRows("pgm", Database, Writers);
        await queue.Write(new SchedulerChange { Version = 0, LastLease = 1 });
        var (stale, present) = (new GrainState<ProbeState>(new ProbeState()), new GrainState<ProbeState>(new ProbeState()));
        await rows.Write("probe", Probe("one"), stale);
        await rows.Write("probe", Probe("other"), present);
        await rows.Write("probe", Probe("one"), new GrainState<ProbeState>(new ProbeState { Text = "newer" }) { ETag = stale.ETag });

        var results = await Holding(Writers, () =>
        [
            Writers.Write(Put("a")),
            queue.Write(new SchedulerChange { Version = 0, LastLease = 7 }),
            rows.Write("probe", Probe("one"), stale),
            rows.Write("probe", Probe("other"), present),
            queue.Write(new SchedulerChange { Version = 1, LastLease = 2 }),
        ]);

        Assert.Equal(
            [null, typeof(InconsistentStateException), typeof(InconsistentStateException), null, null], results.Select(e => e?.GetType()));
        Assert.Equal(["a", "first"], Stored());
        Assert.Equal(("1", "2"), (stale.ETag, present.ETag));
        var stored = await queue.Read();
        Assert.Equal((2L, 2L), (stored.Version, stored.LastLease));
    }

    [Fact]
    public async Task Write_OneFailsHalfWay_OfItAloneNothingIsStored()
    {
        var results = await Together(
            Put("a"),
            async transaction =>
            {
                await transaction.Execute(Insert, ("@Name", "half"));
                return await transaction.Execute(Insert, ("@Name", "first"));
            },
            Put("b"));

        Assert.Null(results[0]);
        Assert.IsAssignableFrom<DbException>(results[1]);
        Assert.Null(results[2]);
        Assert.Equal(["a", "b", "first"], Stored());
    }

    private static GrainId Probe(string key) => GrainId.Create("probe", key);

    private sealed class Brittle : SqliteConnection
    {
        public Brittle(string connectionString) : base(connectionString) => Open();

        protected override void Dispose(bool disposing)
        {
            base.Dispose(disposing);
            GC.SuppressFinalize(this);
            if (disposing) throw new InvalidOperationException("It cannot be closed.");
        }
    }
}
