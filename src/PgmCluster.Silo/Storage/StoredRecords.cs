using System.Data.Common;
using System.Text;
using PgmCluster.Grains.Artifacts;

namespace PgmCluster.Silo.Storage;

/// <inheritdoc cref="IStoredRecords"/>
/// <param name="database">Its schema is up to date.</param>
/// <param name="stateId"><see cref="StateOwner.StateId"/>.</param>
internal sealed class StoredRecords(IStateDatabase database, string stateId) : IStoredRecords
{
    /// <inheritdoc/>
    public Task<IReadOnlyList<StoredRecord>> ReadAsync(CancellationToken cancellation) => database.Described(
        "read what records refer to from", () => Task.Run<IReadOnlyList<StoredRecord>>(() =>
        {
            using var connection = database.Connect();
            var records = new List<StoredRecord>();
            Add(
                connection, "SELECT GrainTypeString, GrainIdExtensionString, PayloadBinary FROM PgmGrainState "
                + "WHERE ServiceId = @StateId AND PayloadBinary IS NOT NULL",
                reader => records.Add(new StoredRecord(
                    reader.GetString(0), reader.GetString(1), Encoding.UTF8.GetString((byte[])reader.GetValue(2)))));
            Add(
                connection, "SELECT WorkId, State, Document FROM PgmSchedulerWork WHERE StateId = @StateId", reader =>
                {
                    records.Add(new StoredRecord("queued work", reader.GetString(0), reader.GetString(1)));
                    records.Add(new StoredRecord("queued work", reader.GetString(0), reader.GetString(2)));
                });
            return records;
        }, cancellation));

    /// <inheritdoc/>
    public Task<string?> ReadArtifactIdAsync(CancellationToken cancellation) => database.Described(
        "read whose artifacts records name from", () => Task.Run(() =>
        {
            using var connection = database.Connect();
            string? id = null;
            Add(connection, "SELECT ArtifactId FROM PgmStateOwner WHERE StateId = @StateId", reader => id = reader.GetString(0));
            return id;
        }, cancellation));

    private void Add(DbConnection connection, string sql, Action<DbDataReader> row)
    {
        using var command = connection.Command(sql, ("@StateId", stateId));
        using var reader = command.ExecuteReader();
        while (reader.Read()) row(reader);
    }
}
