using Orleans.Storage;
using PgmCluster.Chaos.Clusters;
using PgmCluster.Cluster.Tests.Support;
using PgmCluster.Grains.Scheduling.Rows;
using PgmCluster.Silo.Storage;
using PgmCluster.Silo.Tests.Storage;

namespace PgmCluster.Cluster.Tests.Storage;

/// <summary>The scheduler's rows in PostgreSQL.</summary>
[Collection(PostgresCollection.Name)]
public sealed class PostgresSchedulerStoreTests(PostgresFixture postgres) : SchedulerStoreContract
{
    [Fact]
    public async Task Write_FromAnOutdatedVersion_TakesNoLocks()
    {
        var version = await Store().Write(With("run"));
        await using var other = await Database.ConnectAsync();
        await using var transaction = await other.BeginTransactionAsync();
        Assert.Equal(1, other.Execute("UPDATE PgmSchedulerWork SET Generation = 2 WHERE WorkId = 'run'"));

        // Whoever comes after the guard would wait for that row until its time is over.
        var e = await Assert.ThrowsAsync<InconsistentStateException>(() => Store().Write(With("run") with { Version = version - 1 }));
        Assert.Contains("somebody else has written it after version 0", e.Message);
        e = await Assert.ThrowsAsync<InconsistentStateException>(() => Store().Write(With("run") with { Version = version + 1 }));
        Assert.Contains("somebody else has written it after version 2", e.Message);
    }

    protected override string? Missing => PostgresServer.Missing;

    protected override Task<IStateDatabase> OpenAsync() => postgres.OpenDatabaseAsync();

    private static SchedulerChange With(string work) => new()
    {
        Version = 0,
        LastLease = 0,
        Work = new([Work(work)], []),
        Documents = new Dictionary<string, string> { [work] = "{}" },
    };
}
