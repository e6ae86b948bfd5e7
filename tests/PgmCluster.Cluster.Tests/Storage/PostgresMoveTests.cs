using PgmCluster.Cluster.Tests.Support;
using PgmCluster.Data;
using PgmCluster.Silo.Backups;
using PgmCluster.Silo.Errors;
using PgmCluster.Silo.Options;
using PgmCluster.Silo.Storage;
using PgmCluster.Silo.Storage.Copies;
using PgmCluster.Silo.Storage.Postgres;
using PgmCluster.Silo.Storage.Sqlite;

namespace PgmCluster.Cluster.Tests.Storage;

/// <summary>Moves of a home's state into PostgreSQL and back.</summary>
[Collection(PostgresCollection.Name)]
public sealed class PostgresMoveTests(PostgresFixture postgres) : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("pgm-move-").FullName;

    private SiloOptions Home => new() { Home = _directory, Devices = "none" };

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task Move_FromPostgres_MoreThanOnce_SilosThatStartThereAgainAreRefusedByTheStore()
    {
        var (server, owner) = (await ServerAsync(), Fill());
        ArtifactOwner.Claim(Home.ArtifactsPlace, owner.ArtifactId, "pgm", "there");
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(1, (await HomeMove.RunAsync(Home, server, _ => { }, default)).Rows);
            var (rows, left) = await HomeMove.RunAsync(server, Home, _ => { }, default);
            Assert.Equal(1, rows);
            Assert.Contains("as that of cluster 'pgm.moved", left, StringComparison.Ordinal);
        }

        IStateDatabase moved = PostgresDatabase.Existing(server.Database);
        foreach (var cluster in new[] { "pgm", "pgm.moved" })
        {
            var again = StateOwner.Claim(moved, "pgm", cluster, _ => { });
            var refused = Assert.Throws<SiloStartException>(
                () => ArtifactOwner.Claim(Home.ArtifactsPlace, again.ArtifactId, cluster, "db"));
            Assert.Contains("it holds the files of cluster 'pgm'", refused.Message, StringComparison.Ordinal);
        }
        moved.Release();
        IStateDatabase home = StateDatabase.Existing(Home.StatePath);
        Assert.Equal(owner.ArtifactId, StateCopy.RequireOwner("Trying", home, "pgm", "pgm").ArtifactId);
    }

    [Fact]
    public async Task Move_WasCutOffWhenAllHadArrived_IsEndedByTheNext()
    {
        var (server, owner) = (await ServerAsync(), Fill());
        IStateDatabase source = StateDatabase.Existing(Home.StatePath), target = PostgresDatabase.Existing(server.Database);
        await StateCopy.CopyAsync("Trying", source, owner, target, "pgm", "pgm", default);
        target.Release();

        Assert.Equal((1, $"{Home.StatePath}.moved"), await HomeMove.RunAsync(Home, server, _ => { }, default));

        Assert.False(File.Exists(Home.StatePath));
    }

    [Fact]
    public async Task Move_OnlyAProgramOfBeforeHasOpenedTheDatabase_SaysWhatToDo()
    {
        var server = await ServerAsync();
        IStateDatabase database = PostgresDatabase.Existing(server.Database);
        using (var connection = database.Connect())
        {
            connection.Execute("DROP TABLE PgmSchemaBeside");
            connection.Execute("UPDATE PgmSchema SET Version = 3");
        }
        database.Release();

        var refused = await Assert.ThrowsAsync<BadInputException>(() => HomeMove.RunAsync(server, Home, _ => { }, default));

        Assert.Contains("has version 3, this program knows", refused.Message, StringComparison.Ordinal);
        Assert.Contains("start a silo of this program once", refused.Message, StringComparison.Ordinal);
    }

    private async Task<SiloOptions> ServerAsync()
    {
        var (_, connectionString) = await postgres.CreateDatabaseAsync();
        var database = await PostgresDatabase.OpenAsync(
            () => connectionString, TimeSpan.Zero, null, TimeProvider.System, CancellationToken.None);
        ((IStateDatabase)database).Release();
        return new() { Home = _directory, Devices = "none", Database = connectionString };
    }

    private StateOwner Fill()
    {
        IStateDatabase home = StateDatabase.Open(Home.StatePath);
        var owner = StateOwner.Claim(home, "pgm", "pgm", _ => { });
        using (var connection = home.Connect())
        {
            connection.Execute(
                "INSERT INTO PgmGrainState (ServiceId, GrainTypeString, GrainTypeHash, GrainIdHash, GrainIdN0, GrainIdN1, "
                    + "GrainIdExtensionString, PayloadBinary, Version, ModifiedAt) "
                    + "VALUES (@Id, 'probe', 1, 2, 3, 4, NULL, @Bytes, 8, CURRENT_TIMESTAMP)",
                ("@Id", owner.StateId), ("@Bytes", new byte[] { 1, 2, 3 }));
        }
        home.Release();
        return owner;
    }
}
