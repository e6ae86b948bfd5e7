using PgmCluster.Chaos.Clusters;
using PgmCluster.Cluster.Tests.Support;
using PgmCluster.TestSupport;
using PgmCluster.TestSupport.Processes;

namespace PgmCluster.Cluster.Tests.Processes;

/// <summary><c>deploy/local-cluster</c>: what is deleted is what was made, and who takes long to start is waited for.</summary>
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

    [Theory]
    [InlineData("echo '{\"gateway\": \"127.0.0.1:1\"}'; exec sleep 1000", 0, "silo1: gateway 127.0.0.1:1, devices none")]
    [InlineData("echo 'the disk is full' >&2; exit 3", 1, "silo1 did not start; see ")]
    public async Task Up_ASiloTakesLong_SaysWhatItWaitsForUntilTheSiloIsReadyOrGone(string silo, int code, string said)
    {
        var (go, bin) = (Path.Combine(_directory, "go"), Directory.CreateDirectory(Path.Combine(_directory, "bin")).FullName);
        var dotnet = Path.Combine(bin, "dotnet");
        var script = $"#!/bin/bash\necho 'Waiting for a lock' >&2\nuntil [ -e \"$GO\" ]; do sleep 0.1; done\n{silo}\n";
        await File.WriteAllTextAsync(dotnet, script);
        await ChildProcess.RunAsync(["chmod", "+x", dotnet]);
        using var up = ChildProcess.Start(
            [Path.Combine(s_scripts, "up"), "--sqlite", "--silos", "1", "--dir", _directory, "--dll", LocalCluster.Program],
            new Dictionary<string, string?> { ["GO"] = go, ["PATH"] = $"{bin}:{Environment.GetEnvironmentVariable("PATH")}" });

        await Until.Holds("it says what it waits for", () => up.Error.Contains("waiting until silo1 is ready", StringComparison.Ordinal));
        Assert.EndsWith("silo1.err: Waiting for a lock", up.Error.Split('\n')[0]);
        await File.WriteAllTextAsync(go, "");

        Assert.Equal(code, await up.WaitForExitAsync());
        Assert.Contains(said, code == 0 ? up.Out : up.Error);
        if (code == 0) await ChildProcess.RunAsync([Path.Combine(s_scripts, "down"), "--dir", _directory]);
        else Assert.Contains("the disk is full", up.Error);
    }

    [Fact]
    public async Task Up_ADirectoryThatItWouldUseIsSomebodyElses_IsRefusedAndNothingIsTouched()
    {
        var own = Directory.CreateDirectory(Path.Combine(_directory, "artifacts")).FullName;
        await File.WriteAllTextAsync(Path.Combine(own, "a.txt"), "mine");

        using var up = ChildProcess.Start(
            [Path.Combine(s_scripts, "up"), "--sqlite", "--silos", "1", "--dir", _directory, "--dll", LocalCluster.Program]);

        Assert.Equal(1, await up.WaitForExitAsync());
        Assert.Contains("artifacts that no cluster of this directory made", up.Error);
        Assert.Equal(["artifacts"], Directory.EnumerateFileSystemEntries(_directory).Select(Path.GetFileName));
    }
}
