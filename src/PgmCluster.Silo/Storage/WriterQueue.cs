using System.Data.Common;

namespace PgmCluster.Silo.Storage;

/// <summary>
/// The writers of this process. Where the database has one writer, those that come while a transaction is being committed go into the
/// next one together: they wait for the disk once, and one after another for nobody. Where it has many, each has its own transaction.
/// </summary>
/// <remarks>
/// What is written together succeeds or fails by itself: where a transaction cannot be committed, each of its writers is tried alone. Other
/// processes look for SQLite's lock every few milliseconds to 150 (<see cref="IStateDatabase.Connect"/>), and would find it taken for as
/// long as somebody waits here: now and then it is left free.
/// </remarks>
/// <param name="database">Its schema is up to date.</param>
/// <param name="time">Measures how long the lock was held.</param>
internal sealed class WriterQueue(IStateDatabase database, TimeProvider time) : IDisposable
{
    /// <summary>Writers of one transaction.</summary>
    private const int MostTogether = 256;

    /// <summary>How long transactions follow one another at once; the one in hand then ends with the writer that is at it.</summary>
    private static readonly TimeSpan s_longestHold = TimeSpan.FromMilliseconds(50);

    /// <summary>
    /// For how long others then find the lock free: even who looks every 150 ms finds it so within seconds. Those that wait here meanwhile
    /// go into the next transaction.
    /// </summary>
    private static readonly TimeSpan s_gap = TimeSpan.FromMilliseconds(5);

    private readonly Lock _gate = new();
    private readonly Queue<Writer> _waiting = new();
    private StateTransactions? _open;
    private bool _isWriting;
    private bool _isDisposed;
    private long _commits;
    private long _statements;

    /// <summary>Since when the lock was not left free.</summary>
    private long? _heldSince;

    /// <summary>When nobody waited any more.</summary>
    private long _leftAt;

    /// <summary>Transactions committed so far.</summary>
    public long Commits => Interlocked.Read(ref _commits);

    /// <summary>Statements of those.</summary>
    public long Statements => Interlocked.Read(ref _statements);

    /// <summary>Writes within a transaction, on a thread of the pool; durable when the task completes.</summary>
    /// <param name="write">Called again where it or others failed with it; what it had changed was undone.</param>
    public async Task<T> Write<T>(Func<StateTransactions, Task<T>> write)
    {
        if (!database.HasOneWriter) return await Task.Run(() => WriteAlone(write));
        var writer = new Writer<T>(write);
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            _waiting.Enqueue(writer);
            if (!_isWriting)
            {
                _isWriting = true;
                _ = Task.Run(WriteAll);
            }
        }
        return await writer.Result;
    }

    /// <summary>
    /// Writes what counts only where a statement that comes before it changes a row: where it does not, nothing is written
    /// (<see cref="StateTransactions.ExecuteGuarded"/>).
    /// </summary>
    /// <param name="guard">The first.</param>
    /// <param name="statements">Behind it.</param>
    /// <param name="refusal">Thrown where the guard changes nothing.</param>
    public Task WriteGuarded(Statement guard, IReadOnlyCollection<Statement> statements, Func<Exception> refusal)
    {
        if (!database.HasOneWriter && DatabaseCommands.Chunks(statements.Prepend(BatchGuard.Of(guard))).Take(2).ToList() is [var all])
            return Task.Run(() => WriteAtOnce(all, refusal));
        return Write(async transaction => await transaction.ExecuteGuarded(guard, statements) ? true : throw refusal());
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

    /// <summary>One message is a transaction by itself: its beginning and its end need none.</summary>
    private async Task WriteAtOnce(IReadOnlyList<Statement> statements, Func<Exception> refusal)
    {
        await using var connection = await database.ConnectAsync();
        try
        {
            await connection.ExecuteAtOnce(statements);
        }
        catch (DbException e) when (BatchGuard.HasEnded(e))
        {
            throw refusal();
        }
        Interlocked.Increment(ref _commits);
        Interlocked.Add(ref _statements, statements.Count);
    }

    private async Task<T> WriteAlone<T>(Func<StateTransactions, Task<T>> write)
    {
        using var own = new StateTransactions(await database.ConnectAsync());
        await own.Begin();
        var written = await write(own);
        await Commit(own);
        return written;
    }

    private async Task WriteAll()
    {
        if (_heldSince is null || time.GetElapsedTime(_leftAt) >= s_gap) _heldSince = time.GetTimestamp();
        while (Next() is { Count: > 0 } next) await WriteEach(next);
    }

    private async Task WriteEach(Queue<Writer> waiting)
    {
        try
        {
            while (waiting.Count > 0) await WriteFirst(waiting, MostTogether);
        }
        catch (Exception e)
        {
            foreach (var writer in waiting) writer.Fail(e);
        }
    }

    private Queue<Writer> Next()
    {
        lock (_gate)
        {
            var next = new Queue<Writer>(_waiting);
            _waiting.Clear();
            if (next.Count > 0) return next;
            _leftAt = time.GetTimestamp();
            _isWriting = false;
            if (_isDisposed) Close();
            return next;
        }
    }

    /// <summary>Writes in one transaction the first of those that wait, and takes them out.</summary>
    /// <exception cref="Exception">A transaction cannot begin. Who was not told is still among them.</exception>
    private async Task WriteFirst(Queue<Writer> waiting, int most)
    {
        await LeaveFree();
        var open = await Begin();
        var taken = new List<Writer>();
        try
        {
            foreach (var writer in waiting.Take(most))
            {
                taken.Add(writer);
                await writer.Write(open);
                if (IsHeldLong) break;
            }
            await Commit(open);
        }
        catch (Exception e)
        {
            // With it goes what of the transaction was written.
            Close();
            if (taken.Count == 1) waiting.Dequeue().Fail(e);
            for (var i = 0; i < taken.Count && taken.Count > 1; i++) await WriteFirst(waiting, most: 1);
            return;
        }
        foreach (var _ in taken) waiting.Dequeue().End();
    }

    private async Task<StateTransactions> Begin()
    {
        var asked = time.GetTimestamp();
        try
        {
            var open = _open ??= new StateTransactions(database.Connect());
            await open.Begin();
            // Somebody else had the lock meanwhile.
            if (time.GetElapsedTime(asked) >= s_gap) _heldSince = time.GetTimestamp();
            return open;
        }
        catch
        {
            Close();
            throw;
        }
    }

    private bool IsHeldLong => time.GetElapsedTime(_heldSince!.Value) >= s_longestHold;

    private async Task LeaveFree()
    {
        if (!IsHeldLong) return;
        await Task.Delay(s_gap, time);
        _heldSince = time.GetTimestamp();
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
        catch (Exception)
        {
            // What made it break was said already. Whatever it is, those that come next are to be written.
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

        public Task<T> Result => _result.Task;

        public override async Task Write(StateTransactions transactions) => _written = await write(transactions);

        public override void End() => _result.SetResult(_written!);

        public override void Fail(Exception exception) => _result.SetException(exception);
    }
}
