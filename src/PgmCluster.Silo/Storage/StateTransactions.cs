using System.Data.Common;

namespace PgmCluster.Silo.Storage;

/// <summary>
/// Transactions of one connection, one after another. Where the driver keeps what it has prepared, each text is prepared once.
/// </summary>
/// <param name="connection">Open; closed with this.</param>
internal sealed class StateTransactions(DbConnection connection) : IDisposable
{
    private readonly Dictionary<string, DbCommand> _prepared = [];
    private DbTransaction? _present;
    private int _statements;

    public async Task Begin() => _present = await connection.BeginTransactionAsync();

    public async Task Commit()
    {
        await _present!.CommitAsync();
        await _present.DisposeAsync();
        _present = null;
    }

    /// <summary>Statements run since it was last asked.</summary>
    public int TakeCount()
    {
        var count = _statements;
        _statements = 0;
        return count;
    }

    /// <returns>Rows that were changed.</returns>
    public Task<int> Execute(string sql, params (string Name, object Value)[] parameters) =>
        Prepared(sql, parameters).ExecuteNonQueryAsync();

    /// <returns>The first value of the first answer with rows; null where there is none.</returns>
    public Task<object?> Ask(string sql, params (string Name, object Value)[] parameters) => Prepared(sql, parameters).ExecuteScalarAsync();

    /// <summary>Runs statements: together where the driver can, else one after another.</summary>
    /// <param name="statements">In their order.</param>
    /// <param name="timeout">For those sent together; null for that of the connection.</param>
    public async Task ExecuteAll(IEnumerable<Statement> statements, TimeSpan? timeout = null)
    {
        if (connection.CanCreateBatch)
        {
            _statements += await _present!.ExecuteTogether(statements, timeout);
            return;
        }
        foreach (var (sql, parameters) in statements) await Execute(sql, parameters);
    }

    /// <summary>
    /// The same of statements that count only where another, which comes before them, changes a row: where it does not, none of them is
    /// run. A writer that comes too late would take locks of rows for nothing, in an order of its own, and the one that has overtaken it
    /// would wait for them, or end in a deadlock.
    /// </summary>
    /// <returns>False where it does not: nothing may be committed.</returns>
    public async Task<bool> ExecuteGuarded(Statement guard, IEnumerable<Statement> statements)
    {
        if (!connection.CanCreateBatch)
        {
            if (await Execute(guard.Sql, guard.Parameters) == 0) return false;
            await ExecuteAll(statements);
            return true;
        }
        try
        {
            _statements += await _present!.ExecuteTogether(statements.Prepend(BatchGuard.Of(guard)));
            return true;
        }
        catch (DbException e) when (BatchGuard.HasEnded(e))
        {
            return false;
        }
    }

    public void Dispose()
    {
        try
        {
            foreach (var command in _prepared.Values) command.Dispose();
            _present?.Dispose();
        }
        finally
        {
            connection.Dispose();
        }
    }

    private DbCommand Prepared(string sql, (string Name, object Value)[] parameters)
    {
        _statements++;
        if (_prepared.TryGetValue(sql, out var command))
        {
            for (var i = 0; i < parameters.Length; i++) command.Parameters[i].Value = parameters[i].Value;
        }
        else
        {
            _prepared[sql] = command = connection.Command(sql, parameters);
        }
        command.Transaction = _present;
        return command;
    }
}
