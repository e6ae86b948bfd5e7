using System.Data.Common;
using System.Globalization;
using Microsoft.Extensions.Time.Testing;
using PgmCluster.Chaos.Clusters;
using PgmCluster.Cluster.Tests.Support;
using PgmCluster.Silo.Storage;
using PgmCluster.Silo.Tests.Storage;
using PgmCluster.TestSupport;
using PgmCluster.TestSupport.Processes;

namespace PgmCluster.Cluster.Tests.Storage;

/// <summary>
/// Statements that go to PostgreSQL together, and succeed or fail by themselves. Where the clock stands still nobody has waited long.
/// </summary>
[Collection(PostgresCollection.Name)]
public sealed class PostgresStatementQueueTests(PostgresFixture postgres) : StateDatabaseContract
{
    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        if (Missing is not null) return;
        await using var connection = await Database.ConnectAsync();
        connection.Execute("CREATE TABLE Probe (Id INTEGER PRIMARY KEY, Text VARCHAR(20) NOT NULL)");
        connection.Execute("INSERT INTO Probe (Id, Text) SELECT n, 'before' FROM generate_series(1, 3) n");
    }

    protected override string? Missing => PostgresServer.Missing;

    protected override Task<IStateDatabase> OpenAsync() => postgres.OpenDatabaseAsync();

    [Fact]
    public async Task Execute_AndAsk_AnswerAsTheStatementAloneWould()
    {
        var queue = new StatementQueue(Database, TimeProvider.System);

        Assert.Equal(1, await queue.Execute(Put(9), "9"));
        Assert.Equal(0, await queue.Execute(Change(77), "77"));
        Assert.Equal("new", await Read(queue, 9));
        Assert.Null(await Read(queue, 77));
        var e = await Assert.ThrowsAnyAsync<DbException>(() => queue.Execute(Put(9), "9"));
        Assert.Equal("23505", e.SqlState);
    }

    [Fact]
    public async Task Execute_ManyWhileOthersAreUnderWay_GoTogetherAndAnswerEachItsOwn()
    {
        var queue = new StatementQueue(Database, new FakeTimeProvider());
        var held = await Hold("LOCK TABLE Probe");
        var written = Enumerable.Range(10, 40).Select(i => queue.Execute(i % 2 == 0 ? Put(i) : Change(i), Name(i))).ToArray();
        var read = Enumerable.Range(0, 5).Select(i => Read(queue, i)).ToArray();
        await held.DisposeAsync();

        Assert.Equal(Enumerable.Range(10, 40).Select(i => i % 2 == 0 ? 1 : 0), await Task.WhenAll(written));
        Assert.Equal<IEnumerable<string?>>([null, "before", "before", "before", null], await Task.WhenAll(read));
        // What had come when the first were sent, two at a time, and then all that waited.
        Assert.InRange(queue.Sent, 1, 4);
        Assert.Equal(23, await Count());
    }

    [Fact]
    public async Task Execute_OneOfThoseTogetherFails_ItAloneFails()
    {
        var queue = new StatementQueue(Database, new FakeTimeProvider());
        var held = await Hold("LOCK TABLE Probe");
        // 3 is there already.
        var written = Enumerable.Range(3, 30).Select(i => queue.Execute(Put(i), Name(i))).ToArray();
        await held.DisposeAsync();

        var failure = await Assert.ThrowsAnyAsync<DbException>(() => written[0]);

        Assert.Equal("23505", failure.SqlState);
        Assert.Equal(Enumerable.Repeat(1, 29), await Task.WhenAll(written[1..]));
        Assert.Equal(32, await Count());
    }

    [Fact]
    public async Task Execute_OthersWaitForRowsThatSomebodyHasLocked_DoesNotWaitForThem()
    {
        var queue = new StatementQueue(Database, TimeProvider.System);
        var held = await Hold("UPDATE Probe SET Text = 'held' WHERE Id <= 2");
        var first = queue.Execute(Change(1), "1");
        await UntilWaiting(1);
        var second = queue.Execute(Change(2), "2");
        await UntilWaiting(2);

        Assert.Equal(1, await queue.Execute(Change(3), "3"));

        Assert.False(first.IsCompleted || second.IsCompleted);
        await held.DisposeAsync();
        Assert.All(await Task.WhenAll(first, second), rows => Assert.Equal(1, rows));
    }

    [Fact]
    public async Task Execute_TheConnectionBreaks_AllOfTheTransactionAreToldAndNoneIsTriedAgain()
    {
        var queue = new StatementQueue(Database, new FakeTimeProvider());
        var held = await Hold("LOCK TABLE Probe");
        var first = queue.Execute(Put(10), "10");
        await UntilWaiting(1);

        await postgres.Server.ExecuteAsync("postgres", """
            SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%Probe%'
            """);

        await Assert.ThrowsAnyAsync<DbException>(() => first);
        await held.DisposeAsync();
        Assert.Equal(3, await Count());
        Assert.Equal(1, await queue.Execute(Put(10), "10"));
    }

    /// <summary>Rows are locked in the order of their names, whoever came first.</summary>
    [Fact]
    public async Task Execute_TheSameRowsFromTwoProcesses_EndInNoDeadlock()
    {
        // Who is in a circle waits until its time is over, instead of being let out of it.
        await postgres.Server.ExecuteAsync(
            "postgres", $"ALTER DATABASE {await Scalar("SELECT current_database()")} SET deadlock_timeout = '1h'");
        Database.Release();
        StatementQueue[] queues = [new(Database, TimeProvider.System), new(Database, TimeProvider.System)];
        for (var round = 0; round < 30; round++)
        {
            var changed = await Task.WhenAll(queues.SelectMany((queue, i) => new[] { 1, 2, 3, 1, 2, 3 }
                .Select(id => queue.Execute(Change(i == 0 ? id : 4 - id), Name(i == 0 ? id : 4 - id)))));
            Assert.All(changed, rows => Assert.Equal(1, rows));
        }
    }

    private static Statement Put(int id) => new("INSERT INTO Probe (Id, Text) VALUES (@Id, 'new')", [("@Id", id)]);

    private static Statement Change(int id) => new("UPDATE Probe SET Text = 'changed' WHERE Id = @Id", [("@Id", id)]);

    private static Task<string?> Read(StatementQueue queue, int id) =>
        queue.Ask(new Statement("SELECT Text FROM Probe WHERE Id = @Id", [("@Id", id)]), reader => reader.GetString(0));

    private static string Name(int id) => id.ToString("000", CultureInfo.InvariantCulture);

    private async Task<long> Count() => (long)(await Scalar("SELECT COUNT(*) FROM Probe"))!;

    private async Task<object?> Scalar(string sql)
    {
        await using var connection = await Database.ConnectAsync();
        await using var command = connection.Command(sql);
        return await command.ExecuteScalarAsync();
    }

    private async Task UntilWaiting(int count) => await Until.Holds(
        $"{count} wait for a lock", () => Scalar("SELECT COUNT(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"),
        waiting => waiting is long found && found == count);

    /// <summary>Runs a statement in a transaction that lasts until it is disposed of.</summary>
    private async Task<DbConnection> Hold(string sql)
    {
        var connection = await Database.ConnectAsync();
        var transaction = await connection.BeginTransactionAsync();
        await using var command = connection.Command(sql);
        command.Transaction = transaction;
        await command.ExecuteNonQueryAsync();
        return connection;
    }
}
