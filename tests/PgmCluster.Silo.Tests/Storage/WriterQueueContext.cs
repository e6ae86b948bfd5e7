using Microsoft.Extensions.Time.Testing;
using PgmCluster.Silo.Storage;
using PgmCluster.Silo.Storage.Sqlite;
using PgmCluster.TestSupport;

namespace PgmCluster.Silo.Tests.Storage;

/// <summary>A file with a table to write to, and who writes to it.</summary>
public abstract class WriterQueueContext : IDisposable
{
    protected const string Insert = "INSERT INTO Probe (Name) VALUES (@Name)";

    private readonly TemporaryHome _home = new();

    protected WriterQueueContext()
    {
        Database = StateDatabase.Open(_home.DatabasePath);
        using var connection = Database.Connect();
        connection.Execute("CREATE TABLE Probe (Name TEXT NOT NULL PRIMARY KEY)");
        Writers = new WriterQueue(Database, new FakeTimeProvider());
    }

    private protected StateDatabase Database { get; }

    /// <summary>Whose clock stands still: no transaction takes long by it.</summary>
    private protected WriterQueue Writers { get; }

    public void Dispose()
    {
        Writers.Dispose();
        Database.Release();
        _home.Dispose();
    }

    private protected static Func<StateTransactions, Task<int>> Put(string name) =>
        transaction => transaction.Execute(Insert, ("@Name", name));

    private protected Task<Exception?[]> Together(params Func<StateTransactions, Task<int>>[] writes) =>
        Holding(Writers, () => [.. writes.Select(write => Writers.Write(write))]);

    /// <summary>Has writers wait for one that is at it, and then go on.</summary>
    /// <returns>What each of them met with; null for nothing.</returns>
    private protected static async Task<Exception?[]> Holding(WriterQueue writers, Func<Task[]> begin)
    {
        var hold = new TaskCompletionSource();
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var first = writers.Write(async transaction =>
        {
            begun.SetResult();
            await hold.Task;
            return await transaction.Execute(Insert, ("@Name", "first"));
        });
        await begun.Task;
        var all = begin();
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

    protected List<string> Stored(string order = "Name")
    {
        using var connection = ((IStateDatabase)Database).Connect();
        using var command = connection.Command($"SELECT Name FROM Probe ORDER BY {order}");
        using var reader = command.ExecuteReader();
        var names = new List<string>();
        while (reader.Read()) names.Add(reader.GetString(0));
        return names;
    }
}
