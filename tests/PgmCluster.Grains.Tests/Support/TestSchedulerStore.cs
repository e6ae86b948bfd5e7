using PgmCluster.Grains.Scheduling.Rows;
using PgmCluster.Silo.Storage;
using PgmCluster.Silo.Storage.Sqlite;

namespace PgmCluster.Grains.Tests.Support;

/// <summary>The scheduler's rows in SQLite, as in a silo; writes wait or fail where <see cref="FileGrainStorage"/> is told so.</summary>
public sealed class TestSchedulerStore : ISchedulerStore, IDisposable
{
    /// <summary>What <see cref="FileGrainStorage"/> calls writes of the queue.</summary>
    public const string Name = "scheduler-rows";

    private readonly StateDatabase _database;
    private readonly WriterQueue _writers;
    private readonly SchedulerStore _store;
    private readonly FileGrainStorage _storage;

    public TestSchedulerStore(string path, FileGrainStorage storage)
    {
        _database = StateDatabase.Open(path);
        _writers = new WriterQueue(_database, TimeProvider.System);
        _store = new SchedulerStore(_database, "test", _writers);
        _storage = storage;
    }

    public Task<SchedulerContent> Read() => _store.Read();

    public async Task<long> Write(SchedulerChange change)
    {
        await _storage.BeforeWrite(Name);
        return await _store.Write(change);
    }

    public Task<string?> ReadDocument(string workId, long generation) => _store.ReadDocument(workId, generation);

    public void Dispose()
    {
        _writers.Dispose();
        _database.Release();
    }
}
