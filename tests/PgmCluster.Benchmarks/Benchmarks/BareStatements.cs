using System.Diagnostics;
using PgmCluster.Grains.Scheduling.Rows;
using PgmCluster.Silo.Storage;
using PgmCluster.Silo.Storage.Schema;
using PgmCluster.Silo.Storage.Sqlite;

namespace PgmCluster.Benchmarks.Benchmarks;

/// <summary>
/// What must be durable of units, one after another on one connection: they are queued by the hundred, a transaction for each ends one and
/// places the next, and each has its fence written before it begins and its result at its end.
/// </summary>
internal static class BareStatements
{
    private const int Batch = 256;

    // As a unit's state is large, with its document or its result.
    private static readonly byte[] State = new byte[800];

    /// <param name="path">A new SQLite file.</param>
    /// <param name="units">How many.</param>
    /// <returns>Seconds.</returns>
    public static async Task<double> Run(string path, int units)
    {
        var database = StateDatabase.Open(path);
        try
        {
            using var writers = new WriterQueue(database, TimeProvider.System);
            var store = new SchedulerStore(database, "bare", writers);
            var (begun, version) = (Stopwatch.GetTimestamp(), 0L);
            foreach (var batch in Enumerable.Range(0, units).Chunk(Batch))
            {
                foreach (var unit in batch) WriteState(database, unit, null);
                version = await store.Write(new SchedulerChange
                {
                    Version = version,
                    LastLease = 0,
                    Work = new([.. batch.Select(Work)], []),
                    Documents = batch.ToDictionary(Id, _ => new string('d', 500)),
                });
            }
            for (var unit = 0; unit < units; unit++)
            {
                version = await store.Write(new SchedulerChange
                {
                    Version = version,
                    LastLease = unit + 1,
                    Work = new([], unit == 0 ? [] : [Id(unit - 1)]),
                    Leases = new([Lease(unit)], unit == 0 ? [] : [("one/cpu:0", unit)]),
                    Usage = new([new UserUsage { User = "", Seconds = unit, AsOf = DateTimeOffset.UtcNow }], []),
                });
                WriteState(database, unit, 1);
            }
            return Stopwatch.GetElapsedTime(begun).TotalSeconds;
        }
        finally
        {
            database.Release();
        }
    }

    private static void WriteState(IStateDatabase database, int unit, int? version)
    {
        using var connection = database.Connect();
        using var command = connection.Command(
            SqlScripts.Sqlite.Statements["WriteToStorageKey"],
            ("@ServiceId", "bare"), ("@GrainTypeString", "work-unit"), ("@GrainTypeHash", 1), ("@GrainIdHash", unit), ("@GrainIdN0", 0L),
            ("@GrainIdN1", 0L), ("@GrainIdExtensionString", Id(unit)), ("@PayloadBinary", State),
            ("@GrainStateVersion", (object?)version ?? DBNull.Value));
        command.ExecuteScalar();
    }

    private static string Id(int unit) => $"tokens/{unit:00000}";

    private static ScheduledWork Work(int unit) => new()
    {
        WorkId = Id(unit),
        Number = unit + 1,
        Generation = 1,
        Kind = "tokenize-shard",
        Owner = $"workunit/{Id(unit)}",
        SubmittedAt = DateTimeOffset.UtcNow,
        WaitingSince = DateTimeOffset.UtcNow,
    };

    private static DeviceLease Lease(int unit) => new()
    {
        Worker = "one/cpu:0",
        Number = unit + 1,
        Incarnation = Guid.Empty.ToString("N"),
        WorkId = Id(unit),
        Generation = 1,
        Since = DateTimeOffset.UtcNow,
        GrantedAt = DateTimeOffset.UtcNow,
    };
}
