using System.Data.Common;

namespace PgmCluster.Silo.Storage;

/// <summary>
/// Has those who write in this process do so one after another where the database has one writer: a queue of our own hands over at once.
/// For other processes SQLite looks often (<see cref="IStateDatabase.Connect"/>), where its driver alone would wait in steps of 150 ms.
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
            LeaveConnection();
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
