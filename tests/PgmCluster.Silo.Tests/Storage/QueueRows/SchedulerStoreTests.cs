using Microsoft.Data.Sqlite;
using PgmCluster.Grains.Scheduling.Rows;
using PgmCluster.Silo.Storage;
using PgmCluster.Silo.Storage.Sqlite;

namespace PgmCluster.Silo.Tests.Storage.QueueRows;

/// <summary>The scheduler's rows in an SQLite file.</summary>
public sealed class SchedulerStoreTests : SchedulerStoreContract
{
    private readonly TemporaryHome _home = new();

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        _home.Dispose();
    }

    /// <summary>Pages that the file gets when a device is given the next of many parts: as many as with a short queue.</summary>
    [Fact]
    public async Task Write_Placements_TakeAsManyBytesWithAThousandTimesTheQueue()
    {
        var (few, many) = (Store("few"), Store("many"));
        var (version, longer) = (await Fill(few, 10), await Fill(many, 10_000));

        var bytes = await Written(() => Place(few, version));

        Assert.InRange(bytes, 1, 100_000);
        Assert.Equal(bytes, await Written(() => Place(many, longer)));
    }

    protected override Task<IStateDatabase> OpenAsync() => Task.FromResult<IStateDatabase>(StateDatabase.Open(_home.DatabasePath));

    private static Task<long> Fill(ISchedulerStore store, int works) => store.Write(new SchedulerChange
    {
        Version = 0,
        LastLease = 0,
        Work = new([.. Enumerable.Range(0, works).Select(i => Work($"part-{i:00000}"))], []),
        Documents = Enumerable.Range(0, works).ToDictionary(i => $"part-{i:00000}", _ => new string('d', 20_000)),
    });

    private static async Task Place(ISchedulerStore store, long version)
    {
        for (var i = 1; i < 5; i++)
        {
            version = await store.Write(new SchedulerChange
            {
                Version = version,
                LastLease = i,
                Leases = new([Lease("silo/cpu:0", i, $"part-{i:00000}")], i == 1 ? [] : [("silo/cpu:0", i - 1)]),
                Usage = new([new UserUsage { User = "ann", Seconds = i, AsOf = Time }], []),
            });
        }
    }

    /// <summary>How much the write-ahead log grows.</summary>
    private async Task<long> Written(Func<Task> write)
    {
        using (var connection = (SqliteConnection)Database.Connect())
        {
            connection.Execute("PRAGMA wal_autocheckpoint = 0");
            connection.Execute("PRAGMA wal_checkpoint(TRUNCATE)");
        }
        var before = new FileInfo(_home.DatabasePath + "-wal").Length;
        await write();
        return new FileInfo(_home.DatabasePath + "-wal").Length - before;
    }
}
