using System.Data.Common;
using System.Runtime.CompilerServices;
using System.Text;
using PgmCluster.Grains.Artifacts;
using PgmCluster.Grains.Calls;

namespace PgmCluster.Silo.Storage;

/// <inheritdoc cref="IStoredRecords"/>
/// <param name="database">Its schema is up to date.</param>
/// <param name="stateId"><see cref="StateOwner.StateId"/>.</param>
internal sealed class StoredRecords(IStateDatabase database, string stateId) : IStoredRecords
{
    private const string Attempt = "read what records refer to from";

    /// <summary>Records that are read before they are asked for: each is a job's, some of a megabyte.</summary>
    private const int Ahead = 8;

    private const string States =
        "SELECT GrainTypeString, GrainIdExtensionString, PayloadBinary FROM PgmGrainState "
        + "WHERE ServiceId = @StateId AND PayloadBinary IS NOT NULL";

    private const string Works = "SELECT WorkId, State, Document FROM PgmSchedulerWork WHERE StateId = @StateId";

    /// <inheritdoc/>
    public IAsyncEnumerable<StoredRecord> Read(CancellationToken cancellation) => All(cancellation).OnPool(Ahead, cancellation);

    /// <inheritdoc/>
    public Task<string?> ReadArtifactIdAsync(CancellationToken cancellation) => database.Described(
        "read whose artifacts records name from", () => Task.Run(async () =>
        {
            await using var connection = database.Connect();
            await using var command = connection.Command(
                "SELECT ArtifactId FROM PgmStateOwner WHERE StateId = @StateId", ("@StateId", stateId));
            return await command.ExecuteScalarAsync(cancellation) as string;
        }, cancellation));

    private async IAsyncEnumerable<StoredRecord> All([EnumeratorCancellation] CancellationToken cancellation)
    {
        await using var connection = await database.Described(Attempt, () => Task.FromResult(database.Connect()));
        // What moves from one record to another meanwhile would be in neither of two readings.
        await using var snapshot = await database.Described(Attempt, () => Task.FromResult(database.BeginSnapshot(connection)));
        await foreach (var row in Rows(connection, snapshot, States, cancellation))
            yield return new StoredRecord(row.GetString(0), row.GetString(1), Encoding.UTF8.GetString((byte[])row.GetValue(2)));
        await foreach (var row in Rows(connection, snapshot, Works, cancellation))
        {
            yield return new StoredRecord("queued work", row.GetString(0), row.GetString(1));
            yield return new StoredRecord("queued work", row.GetString(0), row.GetString(2));
        }
    }

    private async IAsyncEnumerable<DbDataReader> Rows(
        DbConnection connection, DbTransaction snapshot, string sql, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await using var command = connection.Command(sql, ("@StateId", stateId));
        command.Transaction = snapshot;
        await using var reader = await database.Described(Attempt, () => command.ExecuteReaderAsync(cancellation));
        while (await database.Described(Attempt, () => reader.ReadAsync(cancellation))) yield return reader;
    }
}
