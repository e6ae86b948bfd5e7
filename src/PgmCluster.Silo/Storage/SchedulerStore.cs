using System.Data;
using System.Data.Common;
using System.Text.Json;
using Orleans.Storage;
using PgmCluster.Grains.Scheduling.Rows;
using PgmCluster.Silo.Storage.Json;
using PgmCluster.Silo.Storage.Metering;

namespace PgmCluster.Silo.Storage;

/// <summary>
/// The scheduler's queue and leases as rows. Each row holds its record as JSON, like grain state, so that a record may get members without
/// a change of the tables.
/// </summary>
/// <param name="database">Its schema is up to date.</param>
/// <param name="stateId"><see cref="StateOwner.StateId"/>.</param>
/// <param name="writers">Of this process.</param>
internal sealed class SchedulerStore(IStateDatabase database, string stateId, WriterQueue writers) : ISchedulerStore
{
    private const string First =
        "INSERT INTO PgmScheduler (StateId, Version, LastLease) VALUES (@StateId, 1, @LastLease) ON CONFLICT DO NOTHING";

    private const string Next =
        "UPDATE PgmScheduler SET Version = Version + 1, LastLease = @LastLease WHERE StateId = @StateId AND Version = @Version";

    private const string PutWork = """
        INSERT INTO PgmSchedulerWork (StateId, WorkId, Generation, State, Document) VALUES (@StateId, @WorkId, @Generation, @State, @Document)
        ON CONFLICT (StateId, WorkId) DO UPDATE SET Generation = excluded.Generation, State = excluded.State, Document = excluded.Document
        """;

    private const string PutLease = """
        INSERT INTO PgmSchedulerLease (StateId, Worker, Number, State) VALUES (@StateId, @Worker, @Number, @State)
        ON CONFLICT (StateId, Worker, Number) DO UPDATE SET State = excluded.State
        """;

    private const string PutLoss = """
        INSERT INTO PgmSchedulerLoss (StateId, Worker, Number, State) VALUES (@StateId, @Worker, @Number, @State)
        ON CONFLICT (StateId, Worker, Number) DO UPDATE SET State = excluded.State
        """;

    private const string PutReservation = """
        INSERT INTO PgmSchedulerReservation (StateId, Worker, State) VALUES (@StateId, @Worker, @State)
        ON CONFLICT (StateId, Worker) DO UPDATE SET State = excluded.State
        """;

    private const string PutUsage = """
        INSERT INTO PgmSchedulerUsage (StateId, UserName, State) VALUES (@StateId, @UserName, @State)
        ON CONFLICT (StateId, UserName) DO UPDATE SET State = excluded.State
        """;

    /// <summary>Of thousands of quick units.</summary>
    private readonly RecentDocuments _recent = new(8 << 20);

    /// <inheritdoc/>
    public Task<SchedulerContent> Read() => OnAnotherThread("read the queue from", async () =>
    {
        await using var connection = await database.ConnectAsync();
        await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead);
        var head = await Rows("SELECT Version, LastLease FROM PgmScheduler WHERE StateId = @StateId",
            reader => (Version: reader.GetInt64(0), LastLease: reader.GetInt64(1)));
        return new SchedulerContent
        {
            Version = head.FirstOrDefault().Version,
            LastLease = head.FirstOrDefault().LastLease,
            Work = await Records<ScheduledWork>("PgmSchedulerWork"),
            Leases = await Records<DeviceLease>("PgmSchedulerLease"),
            Losses = await Records<LeaseLoss>("PgmSchedulerLoss"),
            Reservations = await Records<DeviceReservation>("PgmSchedulerReservation"),
            Usage = await Records<UserUsage>("PgmSchedulerUsage"),
        };

        Task<List<T>> Records<T>(string table) =>
            Rows($"SELECT State FROM {table} WHERE StateId = @StateId", reader => FromJson<T>(reader.GetString(0)));

        async Task<List<T>> Rows<T>(string sql, Func<DbDataReader, T> read)
        {
            await using var command = connection.Command(sql, ("@StateId", stateId));
            command.Transaction = transaction;
            return await command.ReadRows(read);
        }
    });

    /// <inheritdoc/>
    public async Task<long> Write(SchedulerChange change)
    {
        var version = await WriteRows(change);
        _recent.Take(change);
        return version;
    }

    /// <inheritdoc/>
    public Task<string?> ReadDocument(string workId, long generation) => _recent.TryFind(workId, generation, out var known)
        ? Task.FromResult<string?>(known)
        : OnAnotherThread("read the document of queued work from", async () =>
    {
        await using var connection = await database.ConnectAsync();
        await using var command = connection.Command(
            "SELECT Document FROM PgmSchedulerWork WHERE StateId = @StateId AND WorkId = @WorkId AND Generation = @Generation",
            ("@StateId", stateId), ("@WorkId", workId), ("@Generation", generation));
        return await command.ExecuteScalarAsync() as string;
    });

    private Task<long> WriteRows(SchedulerChange change) => database.Described("write the queue in", () => DatabaseMeters.Measure(
        "queue", "write", async () =>
        {
            var guard = new Statement(
                change.Version == 0 ? First : Next,
                [("@StateId", stateId), ("@LastLease", change.LastLease), ("@Version", change.Version)]);
            await writers.WriteGuarded(guard, [.. Statements(change)], () => new InconsistentStateException(
                $"Writing the queue of '{stateId}' in {database.Name}: somebody else has written it after version {change.Version}. "
                + "It is to be read again."));
            return change.Version + 1;
        }));

    private IEnumerable<Statement> Statements(SchedulerChange change)
    {
        foreach (var id in change.Work.Removed) yield return Delete("PgmSchedulerWork", ("WorkId", id));
        foreach (var work in change.Work.Put)
            yield return Put(
                PutWork, work, ("@WorkId", work.WorkId), ("@Generation", work.Generation), ("@Document", change.Documents[work.WorkId]));
        foreach (var (worker, number) in change.Leases.Removed)
            yield return Delete("PgmSchedulerLease", ("Worker", worker), ("Number", number));
        foreach (var lease in change.Leases.Put) yield return Put(PutLease, lease, ("@Worker", lease.Worker), ("@Number", lease.Number));
        foreach (var (worker, number) in change.Losses.Removed)
            yield return Delete("PgmSchedulerLoss", ("Worker", worker), ("Number", number));
        foreach (var loss in change.Losses.Put) yield return Put(PutLoss, loss, ("@Worker", loss.Worker), ("@Number", loss.Number));
        foreach (var worker in change.Reservations.Removed) yield return Delete("PgmSchedulerReservation", ("Worker", worker));
        foreach (var held in change.Reservations.Put) yield return Put(PutReservation, held, ("@Worker", held.Worker));
        foreach (var user in change.Usage.Removed) yield return Delete("PgmSchedulerUsage", ("UserName", user));
        foreach (var usage in change.Usage.Put) yield return Put(PutUsage, usage, ("@UserName", usage.User));
    }

    private Statement Put<T>(string sql, T record, params (string, object)[] key) =>
        new(sql, [("@StateId", stateId), .. key, ("@State", JsonSerializer.Serialize(record, JsonGrainStateSerializer.Options))]);

    private Statement Delete(string table, params (string Column, object Value)[] key) =>
        new($"DELETE FROM {table} WHERE StateId = @StateId{string.Concat(key.Select(k => $" AND {k.Column} = @{k.Column}"))}",
            [("@StateId", stateId), .. key.Select(k => ($"@{k.Column}", k.Value))]);

    private static T FromJson<T>(string json) => JsonSerializer.Deserialize<T>(json, JsonGrainStateSerializer.Options)
        ?? throw new JsonException($"Reading a stored {typeof(T).Name}: found null. Remove that row.");

    // A driver that knows no asynchronous calls would hold up the scheduler's silo.
    private Task<T> OnAnotherThread<T>(string attempt, Func<Task<T>> operation) =>
        database.Described(attempt, () => DatabaseMeters.Measure("queue", "read", () => Task.Run(operation)));
}
