using PgmCluster.Data;
using PgmCluster.Data.Artifacts;
using PgmCluster.Silo.Backups;
using PgmCluster.Silo.Options;
using PgmCluster.Silo.Storage;
using PgmCluster.Silo.Storage.Copies;
using PgmCluster.Silo.Storage.Sqlite;

namespace PgmCluster.Silo.Tests.Backups;

/// <summary>Moves between two files; between a file and PostgreSQL see the tests of clusters.</summary>
public sealed class HomeMoveTests : IDisposable
{
    private readonly TemporaryHome _home = new(), _other = new();

    public HomeMoveTests()
    {
        IStateDatabase database = StateDatabase.Open(From.StatePath);
        Owner = StateOwner.Claim(database, "pgm", "pgm", _ => { });
        database.Release();
        Execute(From, $"INSERT INTO PgmScheduler (StateId, Version, LastLease) VALUES ('{Owner.StateId}', 5, 3)");
    }

    private StateOwner Owner { get; }

    private SiloOptions From => SiloFixture.Options(_home.Path);

    private SiloOptions To => SiloFixture.Options(_other.Path);

    public void Dispose()
    {
        _home.Dispose();
        _other.Dispose();
    }

    /// <summary>A silo that joins, works, shuts down or stops may write.</summary>
    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public async Task Move_ASiloIsNotDead_IsRefusedUntilItIs(int status)
    {
        Execute(From, $"""
            INSERT INTO PgmMember (DeploymentId, Address, Port, Generation, SiloName, HostName, Status, ProxyPort, StartTime, IAmAliveTime)
            VALUES ('pgm', '127.0.0.1', 1, 1, 'a', 'host', {status}, 2, '2026-01-01', datetime('now', '+1 hour'))
            """);
        var refused = await Assert.ThrowsAsync<BadInputException>(() => HomeMove.RunAsync(From, To, _ => { }, default));
        Assert.Contains("silo 'a' uses", refused.Message);

        Execute(From, "UPDATE PgmMember SET Status = 6");
        Assert.Equal(1, (await HomeMove.RunAsync(From, To, _ => { }, default)).Rows);
    }

    [Fact]
    public async Task Move_WasCutOffWhenAllHadArrived_IsEndedByTheNext()
    {
        await ArriveAsync();

        var (rows, left) = await HomeMove.RunAsync(From, To, _ => { }, default);

        Assert.Equal((1, $"{From.StatePath}.moved"), (rows, left));
        Assert.True(File.Exists(left));
        Assert.False(File.Exists(From.StatePath));
    }

    [Fact]
    public async Task Move_WasCutOff_AndOneOfTheTwoHasGoneOn_IsRefused()
    {
        await ArriveAsync();
        Execute(From, "UPDATE PgmScheduler SET Version = 6");

        var refused = await Assert.ThrowsAsync<BadInputException>(() => HomeMove.RunAsync(From, To, _ => { }, default));

        Assert.Contains("one of the two has gone on since", refused.Message);
        Assert.True(File.Exists(From.StatePath));
    }

    [Fact]
    public async Task BackupAndMove_OnlyAProgramOfBeforeHasOpenedIt_SaysWhatToDo()
    {
        Execute(From, "DROP TABLE PgmSchemaBeside");
        Execute(From, "UPDATE PgmSchema SET Version = 3");
        var store = new DirectoryArtifactStore(From.ArtifactsPlace);

        foreach (var refused in new[]
        {
            await Assert.ThrowsAsync<BadInputException>(
                () => HomeBackup.WriteAsync(From, Path.Combine(_other.Path, "backup"), () => store, withFiles: false, default)),
            await Assert.ThrowsAsync<BadInputException>(() => HomeMove.RunAsync(From, To, _ => { }, default)),
        })
        {
            Assert.Contains("has version 3, this program knows", refused.Message);
            Assert.Contains("start a silo of this program once", refused.Message);
        }
    }

    private async Task ArriveAsync()
    {
        IStateDatabase source = StateDatabase.Open(From.StatePath), target = StateDatabase.Open(To.StatePath);
        await StateCopy.CopyAsync("Trying", source, Owner, target, "pgm", "pgm", default);
        source.Release();
        target.Release();
    }

    private static void Execute(SiloOptions options, string sql)
    {
        IStateDatabase database = StateDatabase.Existing(options.StatePath);
        using var connection = database.Connect();
        connection.Execute(sql);
    }
}
