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

    /// <summary>Runs statements within a transaction: together where the driver can, else with each text prepared once.</summary>
    public static async Task ExecuteAll(this DbTransaction transaction, IEnumerable<Statement> statements)
    {
        var connection = transaction.Connection!;
        if (connection.CanCreateBatch)
        {
            foreach (var chunk in statements.Chunk(BatchSize))
            {
                await using var batch = connection.CreateBatch();
                batch.Transaction = transaction;
                foreach (var (sql, parameters) in chunk)
                {
                    var command = batch.CreateBatchCommand();
                    command.CommandText = sql;
                    command.Parameters.AddAll(command.CreateParameter, parameters);
                    batch.BatchCommands.Add(command);
                }
                await batch.ExecuteNonQueryAsync();
            }
            return;
        }
        var prepared = new Dictionary<string, DbCommand>();
        try
        {
            foreach (var (sql, parameters) in statements)
            {
                if (prepared.TryGetValue(sql, out var command))
                {
                    for (var i = 0; i < parameters.Length; i++) command.Parameters[i].Value = parameters[i].Value;
                }
                else
                {
                    prepared[sql] = command = connection.Command(sql, parameters);
                    command.Transaction = transaction;
                }
                await command.ExecuteNonQueryAsync();
            }
        }
        finally
        {
            foreach (var command in prepared.Values) await command.DisposeAsync();
        }
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
