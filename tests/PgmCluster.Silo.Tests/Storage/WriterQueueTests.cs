using System.Data.Common;
using Orleans.Storage;
using PgmCluster.Silo.Storage;
using PgmCluster.Silo.Storage.Sqlite;

namespace PgmCluster.Silo.Tests.Storage;

/// <summary>Who writes together with others to a file that has one writer.</summary>
public sealed class WriterQueueTests : IDisposable
{
    private const string Insert = "INSERT INTO Probe (Name) VALUES (@Name)";

    private readonly TemporaryHome _home = new();
    private readonly StateDatabase _database;
    private readonly WriterQueue _writers;

    public WriterQueueTests()
    {
        _database = StateDatabase.Open(_home.DatabasePath);
        using var connection = _database.Connect();
        connection.Execute("CREATE TABLE Probe (Name TEXT NOT NULL PRIMARY KEY)");
        _writers = new WriterQueue(_database);
    }

    public void Dispose()
    {
        _writers.Dispose();
        _database.Release();
        _home.Dispose();
    }

    [Fact]
    public async Task Write_WhileOthersWait_TheyShareTheNextTransaction()
    {
        var results = await Together([.. Enumerable.Range(0, 20).Select(i => Put($"{i:00}"))]);

        Assert.All(results, Assert.Null);
        Assert.Equal([.. Enumerable.Range(0, 20).Select(i => $"{i:00}"), "first"], Stored());
        Assert.Equal((2, 21), (_writers.Commits, _writers.Statements));
    }

    [Fact]
    public async Task Write_OneIsOutdated_ItAloneIsRefused()
    {
        var results = await Together(Put("a"), _ => throw new InconsistentStateException("outdated"), Put("b"));

        Assert.Equal([null, typeof(InconsistentStateException), null], results.Select(e => e?.GetType()));
        Assert.Equal(["a", "b", "first"], Stored());
        Assert.Equal(2, _writers.Commits);
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

    [Fact]
    public async Task Write_TheLockIsHeldElsewhere_WaitsForIt()
    {
        using var other = _database.Connect();
        other.Execute("BEGIN IMMEDIATE");
        var waiting = Task.Run(() => _writers.Write(Put("late")));
        other.Execute("INSERT INTO Probe (Name) VALUES ('early')");
        Assert.False(waiting.IsCompleted);
        other.Execute("COMMIT");

        Assert.Equal(1, await waiting);
        Assert.Equal(["early", "late"], Stored());
    }

    /// <summary>Else two silos that write at once would wait for each other in steps of the driver's 150 ms.</summary>
    [Fact]
    public async Task Write_HasAConnectionThatWatchesTheLockClosely() =>
        Assert.Equal(1000L, await _writers.Write(transaction => transaction.Ask("PRAGMA busy_timeout")));

    [Fact]
    public async Task Dispose_WhatWaits_IsWrittenAndNothingAfterIt()
    {
        var hold = new TaskCompletionSource();
        var first = _writers.Write(async transaction =>
        {
            await hold.Task;
            return await transaction.Execute(Insert, ("@Name", "first"));
        });
        var second = _writers.Write(Put("second"));

        _writers.Dispose();
        hold.SetResult();

        await Task.WhenAll(first, second);
        Assert.Equal(["first", "second"], Stored());
        await Assert.ThrowsAsync<ObjectDisposedException>(() => _writers.Write(Put("third")));
    }

    private static Func<StateTransactions, Task<int>> Put(string name) =>
        transaction => transaction.Execute(Insert, ("@Name", name));

    /// <summary>Has writers wait for one that is at it, and then go on.</summary>
    /// <returns>What each of them met with; null for nothing.</returns>
    private async Task<Exception?[]> Together(params Func<StateTransactions, Task<int>>[] writes)
    {
        var hold = new TaskCompletionSource();
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var first = _writers.Write(async transaction =>
        {
            begun.SetResult();
            await hold.Task;
            return await transaction.Execute(Insert, ("@Name", "first"));
        });
        await begun.Task;
        var all = writes.Select(write => _writers.Write(write)).ToArray();
        hold.SetResult();
        await first;
        return await Task.WhenAll(all.Select(async write =>
        {
            try
            {
                await write;
                return null;
            }
            catch (Exception e)
            {
                return e;
            }
        }));
    }

    private List<string> Stored()
    {
        using var connection = ((IStateDatabase)_database).Connect();
        using var command = connection.Command("SELECT Name FROM Probe ORDER BY Name");
        using var reader = command.ExecuteReader();
        var names = new List<string>();
        while (reader.Read()) names.Add(reader.GetString(0));
        return names;
    }
}
