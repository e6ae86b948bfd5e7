using Microsoft.Extensions.Time.Testing;
using PgmCluster.Silo.Storage;
using PgmCluster.TestSupport;

namespace PgmCluster.Silo.Tests.Storage;

/// <summary>Who writes together with others to a file that has one writer.</summary>
public sealed class WriterQueueTests : WriterQueueContext
{
    [Fact]
    public async Task Write_WhileOthersWait_TheyShareTheNextTransaction()
    {
        var results = await Together([.. Enumerable.Range(0, 20).Select(i => Put($"{i:00}"))]);

        Assert.All(results, Assert.Null);
        Assert.Equal([.. Enumerable.Range(0, 20).Select(i => $"{i:00}"), "first"], Stored());
        Assert.Equal((2, 21), (Writers.Commits, Writers.Statements));
    }

    [Fact]
    public async Task Write_ManyWaitForLong_AnotherProcessHasItsTurnBetween()
    {
        var time = new FakeTimeProvider();
        using var writers = new WriterQueue(Database, time);
        using var other = Database.Connect();
        var holdsTheLock = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var all = Holding(writers, () => [.. Enumerable.Range(0, 20).Select(i => writers.Write(transaction =>
        {
            holdsTheLock.TrySetResult();
            time.Advance(TimeSpan.FromMilliseconds(10));
            return transaction.Execute(Insert, ("@Name", $"{i:00}"));
        }))]);
        await holdsTheLock.Task;

        other.Execute("INSERT INTO Probe (Name) VALUES ('other')");

        while (!all.IsCompleted)
        {
            time.Advance(TimeSpan.FromMilliseconds(1));
            await Task.Yield();
        }
        Assert.All(await all, Assert.Null);
        Assert.Equal(["first", "00", "01", "02", "03", "04", "other", "05"], Stored("rowid").Take(8));
        Assert.Equal(22, Stored().Count);
    }

    [Fact]
    public async Task Write_TenNeverStop_AnotherProcessIsWrittenToo()
    {
        using var done = new CancellationTokenSource();
        using var writers = new WriterQueue(Database, TimeProvider.System);
        var loops = Enumerable.Range(0, 10).Select(i => Task.Run(async () =>
        {
            for (var n = 0; !done.IsCancellationRequested; n++) await writers.Write(Put($"{i}/{n}"));
        })).ToArray();
        using var other = Database.Connect();

        await Task.Run(() =>
        {
            for (var i = 0; i < 3; i++) other.Execute("INSERT INTO Probe (Name) VALUES (@Name)", ("@Name", $"other {i}"));
        });

        await done.CancelAsync();
        await Task.WhenAll(loops);
        Assert.Equal(3, Stored().Count(name => name.StartsWith("other", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Write_TheLockIsHeldElsewhere_WaitsForIt()
    {
        using var other = Database.Connect();
        other.Execute("BEGIN IMMEDIATE");
        var begins = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var database = new HookedDatabase(Database, _ =>
        {
            begins.SetResult();
            return Database.Connect();
        });
        using var writers = new WriterQueue(database, TimeProvider.System);
        var waiting = writers.Write(Put("a, but late"));
        await begins.Task;
        other.Execute("INSERT INTO Probe (Name) VALUES ('early')");
        other.Execute("COMMIT");

        Assert.Equal(1, await waiting);
        Assert.Equal(["early", "a, but late"], Stored("rowid"));
    }

    /// <summary>Else two silos that write at once would wait for each other in steps of the driver's 150 ms.</summary>
    [Fact]
    public async Task Write_HasAConnectionThatWatchesTheLockClosely() =>
        Assert.Equal(1000L, await Writers.Write(transaction => transaction.Ask("PRAGMA busy_timeout")));

    [Fact]
    public async Task Dispose_WhatWaits_IsWrittenAndNothingAfterIt()
    {
        var hold = new TaskCompletionSource();
        var first = Writers.Write(async transaction =>
        {
            await hold.Task;
            return await transaction.Execute(Insert, ("@Name", "first"));
        });
        var second = Writers.Write(Put("second"));

        Writers.Dispose();
        hold.SetResult();

        await Task.WhenAll(first, second);
        Assert.Equal(["first", "second"], Stored());
        await Assert.ThrowsAsync<ObjectDisposedException>(() => Writers.Write(Put("third")));
    }
}
