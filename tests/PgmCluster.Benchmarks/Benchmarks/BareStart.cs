using PgmCluster.Silo.Storage;

namespace PgmCluster.Benchmarks.Benchmarks;

/// <summary>The statements that a page of the catalog and the start of a job cannot do without, one after another.</summary>
internal static class BareStart
{
    private const string Rows = "FROM PgmCatalog WHERE StateId = 'pgm' AND Catalog = 'jobs'";

    public static async Task Page(IStateDatabase database, long time, string name, int limit)
    {
        await using var connection = database.Connect();
        await using var command = connection.Command(
            $"SELECT State, Owner, Phase, ChangedAt, Trouble, Retention, Labels {Rows} AND (CreatedAt, Name) < (@Time, @Name) ORDER BY CreatedAt DESC, Name DESC LIMIT @Limit",
            ("@Time", time), ("@Name", name), ("@Limit", limit));
        await using var reader = await command.ExecuteReaderAsync();
        var values = new object[reader.FieldCount];
        while (await reader.ReadAsync()) reader.GetValues(values);
    }

    /// <summary>A job's state as it is stored, so that others can be as long.</summary>
    public static async Task<byte[]> StateOf(IStateDatabase database, string job)
    {
        await using var connection = database.Connect();
        await using var command = connection.Command(
            "SELECT PayloadBinary FROM PgmGrainState WHERE GrainTypeString = 'training-run' AND GrainIdExtensionString = @Job",
            ("@Job", job));
        return (byte[])(await command.ExecuteScalarAsync())!;
    }

    /// <summary>Its id is taken, its state stored and its work queued: three transactions, one after another.</summary>
    /// <param name="database">With a pool of connections.</param>
    /// <param name="id">Of the job.</param>
    /// <param name="entry">In the catalog and in the queue.</param>
    /// <param name="state">Of the job.</param>
    /// <param name="asBefore">Its id is looked up, too, and its state stored once more with its fence, as it was done once.</param>
    public static async Task Job(IStateDatabase database, string id, string entry, byte[] state, bool asBefore)
    {
        await using var connection = database.Connect();
        if (asBefore)
        {
            await using var find = connection.Command($"SELECT State {Rows} AND Name = @Name", ("@Name", id));
            await find.ExecuteScalarAsync();
        }
        connection.Execute("""
            INSERT INTO PgmCatalog (StateId, Catalog, Name, Kind, AtRest, Phase, CreatedAt, ChangedAt, DueAt, Failures, State)
            VALUES ('bare', 'jobs', @Name, 1, 0, -1, @Time, @Time, @Time, 0, @State)
            """, ("@Name", id), ("@Time", DateTime.UtcNow.Ticks), ("@State", entry));
        var key = ("@Hash", id.GetHashCode(StringComparison.Ordinal));
        connection.Execute("""
            INSERT INTO PgmGrainState (ServiceId, GrainTypeString, GrainTypeHash, GrainIdHash, GrainIdN0, GrainIdN1, GrainIdExtensionString,
                                       PayloadBinary, Version, ModifiedAt)
            VALUES ('bare', 'training-run', 1, @Hash, 0, 0, @Name, @State, 1, CURRENT_TIMESTAMP)
            """, key, ("@Name", id), ("@State", state));
        if (asBefore)
        {
            connection.Execute("""
                UPDATE PgmGrainState SET PayloadBinary = @State, Version = 2, ModifiedAt = CURRENT_TIMESTAMP
                 WHERE ServiceId = 'bare' AND GrainTypeString = 'training-run' AND GrainTypeHash = 1 AND GrainIdHash = @Hash
                   AND GrainIdN0 = 0 AND GrainIdN1 = 0 AND GrainIdExtensionString = @Name AND Version = 1
                """, key, ("@Name", id), ("@State", state));
        }
        await using var transaction = await connection.BeginTransactionAsync();
        await using var queue = connection.Command("""
            INSERT INTO PgmSchedulerWork (StateId, WorkId, Generation, State, Document) VALUES ('bare', @WorkId, 1, @State, @State)
            """, ("@WorkId", id), ("@State", entry));
        queue.Transaction = transaction;
        await queue.ExecuteNonQueryAsync();
        await transaction.CommitAsync();
    }
}
