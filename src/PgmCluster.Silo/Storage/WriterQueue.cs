namespace PgmCluster.Silo.Storage;

/// <summary>
/// Has those who write in this process do so one after another where the database has one writer. SQLite's driver waits for another
/// connection in steps of 150 ms: a queue of our own hands over at once.
/// </summary>
internal sealed class WriterQueue(IStateDatabase database)
{
    private readonly SemaphoreSlim? _turn = database.HasOneWriter ? new(1, 1) : null;

    public async Task<T> Run<T>(Func<Task<T>> write)
    {
        if (_turn is null) return await write();
        await _turn.WaitAsync();
        try
        {
            return await write();
        }
        finally
        {
            _turn.Release();
        }
    }
}
