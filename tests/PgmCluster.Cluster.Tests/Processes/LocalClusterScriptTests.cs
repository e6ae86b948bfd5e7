using PgmCluster.Chaos.Clusters;
using PgmCluster.Cluster.Tests.Support;
using PgmCluster.TestSupport;
using PgmCluster.TestSupport.Processes;

namespace PgmCluster.Cluster.Tests.Processes;

/// <summary><c>deploy/local-cluster</c>: what is deleted is what was made.</summary>
/// <remarks>Of the collection for its turn alone: it starts processes.</remarks>
[Collection(PostgresCollection.Name)]
public sealed class LocalClusterScriptTests : IDisposable
{
    private static readonly string s_scripts = Path.Combine(RepositoryRoot.Path, "deploy", "local-cluster");

    private readonly string _directory = Directory.CreateTempSubdirectory("pgm-local-cluster-").FullName;

    public void Dispose() => TemporaryFiles.Delete(_directory);

    [Fact]
    public async Task DownDelete_FilesOfTheUsersLieBeside_RemovesWhatUpMadeAlone()
    {
        string[] own = ["silo-notes.out", "silos/mine.txt", "postgres/dump.sql", "thesis.txt"];
        foreach (var name in own)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(_directory, name))!);
            await File.WriteAllTextAsync(Path.Combine(_directory, name), "mine");
        }

        await ChildProcess.RunAsync(
            [Path.Combine(s_scripts, "up"), "--sqlite", "--silos", "1", "--dir", _directory, "--dll", LocalCluster.Program]);
        Assert.True(Directory.Exists(Path.Combine(_directory, "home")), "a cluster has a home");
        await ChildProcess.RunAsync([Path.Combine(s_scripts, "down"), "--dir", _directory, "--delete"]);

        Assert.Equal(
            own.Order(StringComparer.Ordinal),
            Directory.EnumerateFiles(_directory, "*", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(_directory, f))
                .Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Up_ADirectoryThatItWouldUseIsSomebodyElses_IsRefusedAndNothingIsTouched()
    {
        var own = Directory.CreateDirectory(Path.Combine(_directory, "artifacts")).FullName;
        await File.WriteAllTextAsync(Path.Combine(own, "a.txt"), "mine");

        using var up = ChildProcess.Start(
            [Path.Combine(s_scripts, "up"), "--sqlite", "--silos", "1", "--dir", _directory, "--dll", LocalCluster.Program]);

        Assert.Equal(1, await up.WaitForExitAsync(TimeSpan.FromSeconds(30)));
        Assert.Contains("artifacts that no cluster of this directory made", up.Error);
        Assert.Equal(["artifacts"], Directory.EnumerateFileSystemEntries(_directory).Select(Path.GetFileName));
    }
}
