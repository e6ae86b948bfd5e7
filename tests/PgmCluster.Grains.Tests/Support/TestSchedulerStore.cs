using PgmCluster.Grains.Catalog;
using PgmCluster.Grains.Recovery;
using PgmCluster.Grains.Scheduling.Rows;
using PgmCluster.Silo.Storage;
using PgmCluster.Silo.Storage.Catalog;
using PgmCluster.Silo.Storage.Schema;
using PgmCluster.Silo.Storage.Sqlite;

namespace PgmCluster.Grains.Tests.Support;

/// <summary>The scheduler's rows in SQLite, as in a silo; writes wait or fail where <see cref="FileGrainStorage"/> is told so.</summary>
public sealed class TestSchedulerStore : ISchedulerStore, IDisposable
{
    /// <summary>What <see cref="FileGrainStorage"/> calls writes of the queue.</summary>
    public const string Name = "scheduler-rows";

    private const string StateId = "test";

    private readonly StateDatabase _database;
    private readonly WriterQueue _writers;
    private readonly SchedulerStore _store;
    private readonly FileGrainStorage _storage;

    public TestSchedulerStore(string path, FileGrainStorage storage)
    {
        _database = StateDatabase.Open(path);
        _writers = new WriterQueue(_database, TimeProvider.System);
        _store = new SchedulerStore(_database, StateId, _writers);
        _storage = storage;
        var table = new StateTable(_database, _writers);
        DueJobs = new DueJobStore(table, StateId);
        FormerSchema = new FormerSchema(table);
        Catalog = new TestCatalogStore(new CatalogStore(table, StateId), storage);
    }

    /// <summary>The catalogs' rows in the same file.</summary>
    public ICatalogStore Catalog { get; }

    /// <summary>Which of its jobs are to be woken.</summary>
    public IDueJobStore DueJobs { get; }

    /// <summary>Whether the version before catalogs were rows may use it; it may not.</summary>
    public IFormerSchema FormerSchema { get; }

    /// <summary>As after an upgrade: the version before may use it since a moment ago.</summary>
    public Task OpenForTheVersionBefore()
    {
        using var connection = ((IStateDatabase)_database).Connect();
        connection.Execute("UPDATE PgmSchema SET Version = 3");
        connection.Execute(
            SchemaVersions.NoteBeside, ("@Version", Silo.Storage.Catalog.FormerSchema.OfCatalogs), ("@Now", DateTime.UtcNow.Ticks),
            ("@By", "test"));
        return Task.CompletedTask;
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
