using System.Data.Common;

namespace PgmCluster.Silo.Storage;

/// <summary>
/// Statements that are transactions of their own, of a database that takes many writers. What comes alone is sent at once; what comes while
/// others are under way goes to the server together, in one transaction: it is asked once for all of them, and waits for its disk once.
/// </summary>
/// <remarks>
/// Where a statement fails, nothing of its transaction was written, and each of those in it is tried alone. Where the connection breaks
/// nobody knows what was written: all are told so, as each would have been by a connection of its own.
/// </remarks>
/// <param name="database">Its schema is up to date, and its driver has batches.</param>
/// <param name="time">Tells how long a statement waits.</param>
internal sealed class StatementQueue(IStateDatabase database, TimeProvider time)
{
    /// <summary>Statements of one transaction.</summary>
    private const int MostTogether = 64;

    /// <summary>Bytes of one transaction, unless a single statement has more: a large record holds up few others.</summary>
    private const long MostBytes = 256 << 10;

    /// <summary>Transactions at a time. The fewer there are, the more goes together.</summary>
    private const int AtATime = 2;

    /// <summary>Transactions at a time where those under way do not end: somebody has locked a row, or the server hangs.</summary>
    private const int MostAtATime = 16;

    /// <summary>Nobody waits longer for those that were sent before.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromMilliseconds(50);

    /// <summary>Beginnings of SQLSTATE: the server ends, the connection is broken.</summary>
    private const string Ending = "57P", Broken = "08";

    private readonly Lock _gate = new();
    private readonly Queue<Waiting> _waiting = new();
    private int _underWay;
    private bool _isLooking;
    private long _sent;

    /// <summary>Transactions sent so far, those that failed too.</summary>
    public long Sent => Interlocked.Read(ref _sent);

    /// <summary>Runs a statement that answers with rows.</summary>
    /// <param name="statement">Durable when the task completes.</param>
    /// <param name="read">Makes a value of the first row; called again where the statement is tried again.</param>
    /// <returns>Null where there is no row.</returns>
    public Task<T?> Ask<T>(Statement statement, Func<DbDataReader, T> read) where T : class => Add(new Asked<T>(statement, read));

    /// <summary>Runs a statement that answers with none.</summary>
    /// <param name="statement">Durable when the task completes.</param>
    /// <param name="row">
    /// What it changes: rows are locked in this order, so that transactions wait for each other in no circle. Who locks rows of the table
    /// otherwise does it in the same order.
    /// </param>
    /// <returns>Rows that were changed.</returns>
    public Task<int> Execute(Statement statement, string row) => Add(new Executed(statement, row));

    private Task<T> Add<T>(Waiting<T> statement)
    {
        statement.Since = time.GetTimestamp();
        lock (_gate)
        {
            _waiting.Enqueue(statement);
            if (_underWay >= AtATime)
            {
                if (!_isLooking) _ = LookLater();
                return statement.Result;
            }
            _underWay++;
        }
        Start();
        return statement.Result;
    }

    /// <summary>Takes nothing along of who asks: the statements of others come after it.</summary>
    private void Start() => ThreadPool.UnsafeQueueUserWorkItem(static queue => _ = queue.SendAll(), this, preferLocal: false);

    /// <summary>Has others sent beside those that do not end.</summary>
    private async Task LookLater()
    {
        _isLooking = true;
        while (true)
        {
            await Task.Delay(s_patience, time).ConfigureAwait(false);
            lock (_gate)
            {
                _isLooking = _waiting.Count > 0;
                if (!_isLooking) return;
                if (!HasWaitedLong || _underWay >= MostAtATime) continue;
                _underWay++;
            }
            Start();
        }
    }

    private async Task SendAll()
    {
        while (Next() is { Count: > 0 } next) await Send(next);
    }

    private bool HasWaitedLong => _waiting.TryPeek(out var first) && time.GetElapsedTime(first.Since) >= s_patience;

    private List<Waiting> Next()
    {
        lock (_gate)
        {
            var next = new List<Waiting>();
            if (_underWay > AtATime && !HasWaitedLong)
            {
                _underWay--;
                return next;
            }
            for (var bytes = 0L; next.Count < MostTogether && _waiting.TryPeek(out var first); bytes += first.Bytes)
            {
                if (next.Count > 0 && bytes + first.Bytes > MostBytes) break;
                next.Add(_waiting.Dequeue());
            }
            if (next.Count == 0) _underWay--;
            // Of the same row as they came.
            return next.Count > 1 ? [.. next.OrderBy(s => s.Row, StringComparer.Ordinal)] : next;
        }
    }

    private async Task Send(List<Waiting> statements)
    {
        var isSent = false;
        try
        {
            await using var connection = await database.ConnectAsync();
            isSent = true;
            await Run(connection, statements);
        }
        catch (DbException e) when (isSent && statements.Count > 1 && IsUndone(e))
        {
            foreach (var statement in statements) await Send([statement]);
            return;
        }
        catch (Exception e)
        {
            foreach (var statement in statements) statement.Fail(e);
            return;
        }
        foreach (var statement in statements) statement.End();
    }

    private async Task Run(DbConnection connection, List<Waiting> statements)
    {
        Interlocked.Increment(ref _sent);
        await using var batch = connection.CreateBatch();
        foreach (var statement in statements) batch.BatchCommands.Add(statement.In(batch));
        await using var reader = await batch.ExecuteReaderAsync();
        var isAtRows = true;
        foreach (var statement in statements.Where(s => s.HasRows))
        {
            if (!isAtRows) await reader.NextResultAsync();
            await statement.Read(reader);
            isAtRows = false;
        }
        // It is committed behind the last answer.
        while (await reader.NextResultAsync()) { }
        for (var i = 0; i < statements.Count; i++) statements[i].Changed(batch.BatchCommands[i].RecordsAffected);
    }

    /// <summary>
    /// Whether the server has refused a statement, and with it taken back all of its transaction. A server that says that it ends may have
    /// committed before.
    /// </summary>
    private static bool IsUndone(DbException exception) => exception.SqlState is { } state
        && !state.StartsWith(Ending, StringComparison.Ordinal) && !state.StartsWith(Broken, StringComparison.Ordinal);

    private abstract class Waiting(Statement statement, string row, bool hasRows)
    {
        public string Row => row;

        public bool HasRows => hasRows;

        public long Bytes { get; } = statement.Bytes;

        /// <summary>When it came.</summary>
        public long Since { get; set; }

        public DbBatchCommand In(DbBatch batch) => batch.Command(statement);

        /// <summary>Its rows are what the reader is at.</summary>
        public abstract Task Read(DbDataReader reader);

        public abstract void Changed(int rows);

        /// <summary>What it did is durable.</summary>
        public abstract void End();

        public abstract void Fail(Exception exception);
    }

    private abstract class Waiting<T>(Statement statement, string row, bool hasRows) : Waiting(statement, row, hasRows)
    {
        private readonly TaskCompletionSource<T> _result = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<T> Result => _result.Task;

        protected T? Value { get; set; }

        public override void End() => _result.SetResult(Value!);

        public override void Fail(Exception exception) => _result.SetException(exception);
    }

    private sealed class Asked<T>(Statement statement, Func<DbDataReader, T> read) : Waiting<T?>(statement, "", hasRows: true)
        where T : class
    {
        public override async Task Read(DbDataReader reader) => Value = await reader.ReadAsync() ? read(reader) : null;

        public override void Changed(int rows) { }
    }

    private sealed class Executed(Statement statement, string row) : Waiting<int>(statement, row, hasRows: false)
    {
        public override Task Read(DbDataReader reader) => Task.CompletedTask;

        public override void Changed(int rows) => Value = rows;
    }
}
