using System.Data.Common;
using Orleans.Storage;

namespace PgmCluster.Silo.Storage;

/// <summary>
/// The writers of this process. Where the database has one writer, those that come while a transaction is being committed go into the next
/// one together: they wait for the disk once, and one after another for nobody. Where it has many, each has a transaction of its own.
/// </summary>
/// <remarks>
/// What is written together succeeds or fails by itself: where a transaction cannot be committed, each of its writers is tried alone. For
/// other processes SQLite looks often (<see cref="IStateDatabase.Connect"/>), where its driver alone would wait in steps of 150 ms.
/// </remarks>
/// <param name="database">Its schema is up to date.</param>
internal sealed class WriterQueue(IStateDatabase database) : IDisposable
{
    /// <summary>Writers of one transaction: others of other processes are to have their turn.</summary>
    private const int MostTogether = 256;

    private readonly Lock _gate = new();
    private readonly Queue<Writer> _waiting = new();
    private StateTransactions? _open;
    private bool _isWriting;
    private bool _isDisposed;
    private long _commits;
    private long _statements;

    /// <summary>Transactions committed so far.</summary>
    public long Commits => Interlocked.Read(ref _commits);

    /// <summary>Statements of those.</summary>
    public long Statements => Interlocked.Read(ref _statements);

    /// <summary>
    /// Writes within a transaction; durable when the task completes. Where nobody else writes it is done on the caller's thread: handing
    /// over to another and back takes about as long.
    /// </summary>
    /// <param name="write">
    /// Called again where others failed with it. Throws <see cref="InconsistentStateException"/> before it has changed anything.
    /// </param>
    public async Task<T> Write<T>(Func<StateTransactions, Task<T>> write)
    {
        if (!database.HasOneWriter) return await Task.Run(() => WriteAlone(write));
        var writer = new Writer<T>(write);
        if (Begins(writer))
        {
            await WriteTogether([writer]);
            // What came meanwhile does not hold up this caller.
            if (Next() is { Count: > 0 } together) _ = Task.Run(() => WriteAll(together));
        }
        return await writer.Result;
    }

    /// <summary>Nobody writes any more.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _isDisposed = true;
            if (!_isWriting) Close();
        }
    }

    private async Task<T> WriteAlone<T>(Func<StateTransactions, Task<T>> write)
    {
        using var own = new StateTransactions(database.Connect());
        await own.Begin();
        var written = await write(own);
        await Commit(own);
        return written;
    }

    /// <returns>Whether nobody writes: then the caller does. Else it waits for its turn.</returns>
    private bool Begins(Writer writer)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            if (!_isWriting) return _isWriting = true;
            _waiting.Enqueue(writer);
            return false;
        }
    }

    private async Task WriteAll(List<Writer> together)
    {
        for (; together.Count > 0; together = Next()) await WriteTogether(together);
    }

    private List<Writer> Next()
    {
        var next = new List<Writer>();
        lock (_gate)
        {
            while (next.Count < MostTogether && _waiting.TryDequeue(out var writer)) next.Add(writer);
            if (next.Count > 0) return next;
            _isWriting = false;
            if (_isDisposed) Close();
        }
        return next;
    }

    private async Task WriteTogether(List<Writer> together)
    {
        var begun = false;
        try
        {
            var open = _open ??= new StateTransactions(database.Connect());
            await open.Begin();
            begun = true;
            foreach (var writer in together) await writer.Write(open);
            await Commit(open);
        }
        catch (Exception e)
        {
            // With it goes what of the transaction was written.
            Close();
            if (begun && together.Count > 1)
            {
                foreach (var writer in together) await WriteTogether([writer]);
                return;
            }
            foreach (var writer in together) writer.Fail(e);
            return;
        }
        foreach (var writer in together) writer.End();
    }

    private async Task Commit(StateTransactions transactions)
    {
        await transactions.Commit();
        Interlocked.Increment(ref _commits);
        Interlocked.Add(ref _statements, transactions.TakeCount());
    }

    private void Close()
    {
        try
        {
            _open?.Dispose();
        }
        catch (DbException)
        {
            // What made it break was said already.
        }
        _open = null;
    }

    private abstract class Writer
    {
        public abstract Task Write(StateTransactions transactions);

        /// <summary>What was written is durable.</summary>
        public abstract void End();

        public abstract void Fail(Exception exception);
    }

    private sealed class Writer<T>(Func<StateTransactions, Task<T>> write) : Writer
    {
        private readonly TaskCompletionSource<T> _result = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private T? _written;
        private InconsistentStateException? _refused;

        public Task<T> Result => _result.Task;

        public override async Task Write(StateTransactions transactions)
        {
            try
            {
                (_written, _refused) = (await write(transactions), null);
            }
            catch (InconsistentStateException e)
            {
                _refused = e;
            }
        }

        public override void End()
        {
            if (_refused is null) _result.SetResult(_written!);
            else _result.SetException(_refused);
        }

        public override void Fail(Exception exception) => _result.SetException(exception);
    }
}
