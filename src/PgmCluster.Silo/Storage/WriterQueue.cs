using System.Data.Common;

namespace PgmCluster.Silo.Storage;

/// <summary>
/// Has those who write in this process do so one after another where the database has one writer: a queue of our own hands over at once.
/// For other processes SQLite looks often (<see cref="IStateDatabase.Connect"/>), where its driver alone would wait in steps of 150 ms.
/// </summary>
internal sealed class WriterQueue(IStateDatabase database)
{
    private readonly SemaphoreSlim? _turn = database.HasOneWriter ? new(1, 1) : null;

    /// <summary>For the framework's writers.</summary>
    public Task<T> Run<T>(Func<Task<T>> write) => _turn is null ? write() : InTurn(() =>
    {
        LeaveConnection();
        return write();
    });

    /// <summary>For writers that connect by <see cref="IStateDatabase.Connect"/> themselves.</summary>
    public async Task<T> InTurn<T>(Func<Task<T>> write)
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

    /// <summary>The framework opens its connections itself, and finds this one on top of the pool.</summary>
    private void LeaveConnection()
    {
        try
        {
            database.Connect().Dispose();
        }
        catch (DbException)
        {
            // The write finds the same, and says it.
        }
    }
}
