using System.Data.Common;

namespace PgmCluster.Silo.Storage;

/// <summary>Commands with parameters by name, whatever the driver.</summary>
internal static class DatabaseCommands
{
    /// <summary>Statements sent to the server at once: enough that nobody waits for the network, few enough for its memory.</summary>
    private const int BatchSize = 500;

    /// <summary>Bytes sent to the server at once, unless a single statement has more: records may have megabytes each.</summary>
    private const long BatchBytes = 4 << 20;

    public static DbCommand Command(this DbConnection connection, string sql, params ReadOnlySpan<(string Name, object Value)> parameters)
    {
        var command = connection.CreateCommand();
        command.CommandText = sql;
        command.Parameters.AddAll(command.CreateParameter, parameters);
        return command;
    }

    public static int Execute(this DbConnection connection, string sql, params ReadOnlySpan<(string Name, object Value)> parameters)
    {
        using var command = connection.Command(sql, parameters);
        return command.ExecuteNonQuery();
    }

    /// <summary>A statement for a batch, which it is yet to be added to.</summary>
    public static DbBatchCommand Command(this DbBatch batch, Statement statement)
    {
        var command = batch.CreateBatchCommand();
        command.CommandText = statement.Sql;
        command.Parameters.AddAll(command.CreateParameter, statement.Parameters);
        return command;
    }

    /// <summary>All rows of a query, each made of what the reader is at.</summary>
    public static async Task<List<T>> ReadRows<T>(this DbCommand command, Func<DbDataReader, T> read)
    {
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<T>();
        while (await reader.ReadAsync()) rows.Add(read(reader));
        return rows;
    }

    /// <summary>Runs statements within a transaction, some hundreds sent at once.</summary>
    /// <param name="transaction">Of a connection that has batches.</param>
    /// <param name="statements">In their order.</param>
    /// <param name="timeout">For each time that some are sent; null for that of the connection.</param>
    /// <returns>How many they were.</returns>
    public static async Task<int> ExecuteTogether(
        this DbTransaction transaction, IEnumerable<Statement> statements, TimeSpan? timeout = null)
    {
        var count = 0;
        foreach (var chunk in Chunks(statements))
        {
            await transaction.Connection!.ExecuteAtOnce(chunk, transaction, timeout);
            count += chunk.Count;
        }
        return count;
    }

    /// <summary>Runs statements that go to the server at once.</summary>
    /// <param name="connection">Has batches.</param>
    /// <param name="statements">In their order.</param>
    /// <param name="transaction">That they are in; null has them be one of their own, without a message more.</param>
    /// <param name="timeout">Null for that of the connection.</param>
    public static async Task ExecuteAtOnce(
        this DbConnection connection, IEnumerable<Statement> statements, DbTransaction? transaction = null, TimeSpan? timeout = null)
    {
        await using var batch = connection.CreateBatch();
        batch.Transaction = transaction;
        if (timeout is { } limit) batch.Timeout = (int)limit.TotalSeconds;
        foreach (var statement in statements) batch.BatchCommands.Add(batch.Command(statement));
        await batch.ExecuteNonQueryAsync();
    }

    /// <summary>What is sent at once.</summary>
    public static IEnumerable<IReadOnlyList<Statement>> Chunks(IEnumerable<Statement> statements)
    {
        List<Statement> chunk = [];
        var bytes = 0L;
        foreach (var statement in statements)
        {
            var size = statement.Bytes;
            if (chunk.Count == BatchSize || chunk.Count > 0 && bytes + size > BatchBytes)
            {
                yield return chunk;
                (chunk, bytes) = ([], 0);
            }
            chunk.Add(statement);
            bytes += size;
        }
        if (chunk.Count > 0) yield return chunk;
    }

    private static void AddAll(
        this DbParameterCollection collection, Func<DbParameter> create, ReadOnlySpan<(string Name, object Value)> parameters)
    {
        foreach (var (name, value) in parameters)
        {
            var parameter = create();
            (parameter.ParameterName, parameter.Value) = (name, value);
            collection.Add(parameter);
        }
    }
}
