using PgmCluster.Contracts.Jobs;
using PgmCluster.Grains.Recovery;

namespace PgmCluster.Silo.Storage.Catalog;

/// <inheritdoc cref="IDueJobStore"/>
/// <param name="table">The database.</param>
/// <param name="stateId"><see cref="StateOwner.StateId"/>.</param>
internal sealed class DueJobStore(StateTable table, string stateId) : IDueJobStore
{
    /// <summary>Of jobs that are not at rest, which have an index of their own.</summary>
    internal const string ReadDue = """
        SELECT Name, Kind, ChangedAt, DueAt, Failures, Trouble FROM PgmCatalog
         WHERE StateId = @StateId AND Catalog = 'jobs' AND AtRest = 0 AND (DueAt <= @Now OR DueAt > @Ahead)
         ORDER BY DueAt LIMIT @Most
        """;

    private const string MakeAllDue =
        "UPDATE PgmCatalog SET DueAt = @Now WHERE StateId = @StateId AND Catalog = 'jobs' AND AtRest = 0 AND DueAt IS NOT NULL";

    private const string MakeGivenUpDue =
        "UPDATE PgmCatalog SET DueAt = @Now WHERE StateId = @StateId AND Catalog = 'jobs' AND AtRest = 0 AND DueAt IS NULL";

    private const string KeepOne = """
        UPDATE PgmCatalog SET DueAt = @DueAt, Failures = @Failures, Trouble = @Trouble
         WHERE StateId = @StateId AND Catalog = 'jobs' AND Name = @Name AND AtRest = 0 AND ChangedAt = @ChangedAt
        """;

    /// <summary>By the index of the kind.</summary>
    private const string Parked = """
        SELECT COUNT(*) FROM PgmCatalog
         WHERE StateId = @StateId AND Catalog = 'jobs' AND Kind = @Kind AND AtRest = 1 AND Phase = @Phase AND Retention <> 2
        """;

    public async Task<IReadOnlyList<DueJob>> Read(DateTimeOffset now, DateTimeOffset ahead, int most) => await table.Read(
        "read which jobs are due from", ReadDue,
        reader => new DueJob(
            reader.GetString(0), reader.GetInt32(1) is >= 0 and var kind ? (JobKind)kind : null, Time(reader.GetInt64(2)),
            Time(reader.GetInt64(3)), reader.GetInt32(4), reader.IsDBNull(5) ? null : reader.GetString(5)),
        ("@StateId", stateId), ("@Now", now.UtcTicks), ("@Ahead", ahead.UtcTicks), ("@Most", most));

    public Task MakeDue(DateTimeOffset now, bool givenUp) => table.Write(
        "note which jobs are due in",
        new Statement(givenUp ? MakeGivenUpDue : MakeAllDue, [("@StateId", stateId), ("@Now", now.UtcTicks)]));

    public Task Keep(IReadOnlyCollection<DueJob> jobs) => jobs.Count == 0 ? Task.CompletedTask : table.WriteAll(
        "note which jobs are due in",
        [
            .. jobs.OrderBy(job => job.Id, StringComparer.Ordinal).Select(job => new Statement(KeepOne,
            [
                ("@StateId", stateId),
                ("@Name", job.Id),
                ("@ChangedAt", job.ChangedAt.UtcTicks),
                ("@DueAt", job.DueAt is { } due ? due.UtcTicks : DBNull.Value),
                ("@Failures", job.Failures),
                ("@Trouble", (object?)job.Trouble ?? DBNull.Value),
            ])),
        ]);

    public async Task<long> CountParked() => (await table.Read(
        "count parked runs in", Parked, reader => reader.GetInt64(0),
        ("@StateId", stateId), ("@Kind", (int)JobKind.Training), ("@Phase", (int)JobPhase.Parked))).Single();

    private static DateTimeOffset Time(long ticks) => new(ticks, TimeSpan.Zero);
}
