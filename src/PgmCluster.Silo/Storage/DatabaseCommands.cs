using System.Data.Common;

namespace PgmCluster.Silo.Storage;

/// <summary>Commands with parameters by name, whatever the driver.</summary>
internal static class DatabaseCommands
{
    /// <summary>Statements sent to the server at once: enough that nobody waits for the network, few enough for its memory.</summary>
    private const int BatchSize = 500;

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

    /// <summary>All rows of a query, each made of what the reader is at.</summary>
    public static async Task<List<T>> ReadRows<T>(this DbCommand command, Func<DbDataReader, T> read)
    {
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<T>();
        while (await reader.ReadAsync()) rows.Add(read(reader));
        return rows;
    }

    /// <summary>Runs statements within a transaction, some hundreds sent at once.</summary>
    /// <returns>How many they were.</returns>
    public static async Task<int> ExecuteTogether(this DbTransaction transaction, IEnumerable<Statement> statements)
    {
        var count = 0;
        foreach (var chunk in statements.Chunk(BatchSize))
        {
            await using var batch = transaction.Connection!.CreateBatch();
            batch.Transaction = transaction;
            foreach (var (sql, parameters) in chunk)
            {
                var command = batch.CreateBatchCommand();
                command.CommandText = sql;
                command.Parameters.AddAll(command.CreateParameter, parameters);
                batch.BatchCommands.Add(command);
            }
            await batch.ExecuteNonQueryAsync();
            count += chunk.Length;
        }
        return count;
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
