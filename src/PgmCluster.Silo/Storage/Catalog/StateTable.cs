using System.Data.Common;
using PgmCluster.Silo.Storage.Metering;

namespace PgmCluster.Silo.Storage.Catalog;

/// <summary>Single statements on the state database, off the caller's thread, with what the driver reports put into one line.</summary>
/// <param name="database">Its schema is up to date.</param>
/// <param name="writers">Of this process.</param>
internal sealed class StateTable(IStateDatabase database, WriterQueue writers)
{
    /// <summary>Null where the database has one writer.</summary>
    private readonly StatementQueue? _queue = database.HasOneWriter ? null : new(database, TimeProvider.System);

    /// <param name="attempt">What is attempted, ending before the database's name.</param>
    /// <param name="sql">The query.</param>
    /// <param name="read">Makes a row of what the reader is at.</param>
    /// <param name="parameters">Of the query.</param>
    public Task<List<T>> Read<T>(
        string attempt, string sql, Func<DbDataReader, T> read, params (string Name, object Value)[] parameters) =>
        database.Described(attempt, () => DatabaseMeters.Measure("catalog", "read", () => Task.Run(async () =>
        {
            await using var connection = await database.ConnectAsync();
            await using var command = connection.Command(sql, parameters);
            return await command.ReadRows(read);
        })));

    /// <summary>Runs one statement, which is a transaction of its own; durable when the task completes.</summary>
    /// <returns>Rows that were changed.</returns>
    public Task<int> Write(string attempt, Statement statement) => Written(attempt, () => database.HasOneWriter
        ? writers.Write(transaction => transaction.Execute(statement.Sql, statement.Parameters))
        : Task.Run(async () =>
        {
            await using var connection = await database.ConnectAsync();
            await using var command = connection.Command(statement.Sql, statement.Parameters);
            return await command.ExecuteNonQueryAsync();
        }));

    /// <summary>The same of a statement that changes one row, in one transaction with others that come at the same time.</summary>
    /// <param name="attempt">What is attempted, ending before the database's name.</param>
    /// <param name="statement">It.</param>
    /// <param name="row">Name of the row. Who changes several in one transaction does it in the ordinal order of their names.</param>
    public Task<int> WriteRow(string attempt, Statement statement, string row) =>
        _queue is null ? Write(attempt, statement) : Written(attempt, () => _queue.Execute(statement, row));

    /// <summary>Runs statements in one transaction.</summary>
    public Task WriteAll(string attempt, IReadOnlyCollection<Statement> statements) => Written(attempt, () => writers.Write(
        async transaction =>
        {
            await transaction.ExecuteAll(statements);
            return true;
        }));

    private Task<T> Written<T>(string attempt, Func<Task<T>> write) =>
        database.Described(attempt, () => DatabaseMeters.Measure("catalog", "write", write));
}
