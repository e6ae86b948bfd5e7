using PgmCluster.TestSupport.Web;

namespace PgmCluster.Cli.Tests.Processes.Datasets;

/// <summary>Datasets of a web server on loopback, registered by the real program.</summary>
[Trait("Category", "Process")]
public sealed class DatasetHttpProcessTests(RunningSilo silo) : IClassFixture<RunningSilo>
{
    [Fact]
    public async Task Add_NamesWithBracesOfAServer_AreRegisteredAgainOnlyWhereTheyChanged()
    {
        var shards = Enumerable.Range(0, 3).Select(s => ($"d/train-{s:00}.tar", SourceFiles.Tar(
            ($"{s}.png", SourceFiles.Png(s)), ($"{s}.cls", "0"u8.ToArray()), ($"{s}b.png", SourceFiles.Png(9 + s)),
            ($"{s}b.cls", "1"u8.ToArray())))).ToArray();
        await using var server = await FileServer.StartAsync(shards);
        var (_, name) = silo.New();
        var location = server.Address + "d/train-{00..02}.tar";

        var info = await silo.AddAsync(name, location);

        Assert.Equal((6, "webdataset", location), (
            info.GetProperty("images").GetInt32(), info.GetProperty("sourceKind").GetString(), info.GetProperty("location").GetString()));
        Assert.All(server.Requests, r => Assert.False(r.IsSigned));
        server.Requests.Clear();
        await silo.AddAsync(name, location);
        // Asked what they are, and not read.
        Assert.All(server.Requests, r => Assert.Equal("bytes=0-0", r.Range));
        Assert.Equal(3, server.Requests.Count);
    }

    [Fact]
    public async Task Add_WhatTheServerDoesNotGive_IsRefusedInOneLine()
    {
        await using var server = await FileServer.StartAsync(("d/train-00.tar", [1]));
        var (_, name) = silo.New();

        Assert.Contains(
            $"Reading {server.Address}d/train-01.tar: the server answers 404",
            await silo.RefusedAsync(name, server.Address + "d/train-{00..01}.tar"));
        Assert.DoesNotContain(
            "hunter2", await silo.RefusedAsync(name, "http://me:hunter2@127.0.0.1/a.tar"), StringComparison.Ordinal);
    }
}
