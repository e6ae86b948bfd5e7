using Microsoft.AspNetCore.Http;
using PgmCluster.Data.Downloads;
using PgmCluster.Data.Hub;
using PgmCluster.TestSupport.Hub;

namespace PgmCluster.Data.Tests.Hub;

public sealed class HubMishapTests : HubTarget
{
    [Fact]
    public async Task FetchAsync_ServerThatNamesNoVersion_GoesOnAtTheNextByte()
    {
        await using var server = await HubServer.StartAsync(("b.tar", Shard));
        server.ETag = "";
        server.Mishaps.Enqueue(HubServer.Cut(50_000));
        var snapshot = await Client(server).ListAsync(Repository);

        Assert.Equal(Shard.Length, await Download(server).FetchAsync(snapshot, snapshot.Files[0], Target(snapshot.Files[0])));
    }

    [Theory]
    [InlineData(429, "0")]
    [InlineData(500, null)]
    [InlineData(503, null)]
    [InlineData(416, null)]
    public async Task FetchAsync_ServerIsBusyOrConfused_IsAskedAgain(int status, string? retryAfter)
    {
        await using var server = await HubServer.StartAsync(("b.tar", Shard));
        var snapshot = await Client(server).ListAsync(Repository);
        server.Mishaps.Enqueue(HubServer.Cut(1_000));
        server.Mishaps.Enqueue(HubServer.Status(status, retryAfter));

        await Download(server).FetchAsync(snapshot, snapshot.Files[0], Target(snapshot.Files[0]));

        Assert.Equal(Shard, File.ReadAllBytes(Files.File("b.tar")));
    }

    [Fact]
    public async Task FetchAsync_ServerThatIgnoresRanges_IsTakenFromTheBeginning()
    {
        await using var server = await HubServer.StartAsync(("b.tar", Shard));
        var snapshot = await Client(server).ListAsync(Repository);
        server.Mishaps.Enqueue(HubServer.Cut(1_000));
        server.Mishaps.Enqueue(async (context, content) => await context.Response.Body.WriteAsync(content));

        await Download(server).FetchAsync(snapshot, snapshot.Files[0], Target(snapshot.Files[0]));

        Assert.Equal(Shard, File.ReadAllBytes(Files.File("b.tar")));
    }

    [Fact]
    public async Task FetchAsync_SomethingElseComesInTheMiddle_IsAskedAgainAndGoesOnAtTheNextByte()
    {
        await using var server = await HubServer.StartAsync(("b.tar", Shard));
        var snapshot = await Client(server).ListAsync(Repository);
        server.Mishaps.Enqueue(HubServer.Cut(70_000));
        server.Mishaps.Enqueue(HubServer.LoginPage);
        server.Mishaps.Enqueue(async (context, content) =>
        {
            context.Response.ContentLength = 3;
            await context.Response.Body.WriteAsync(content.AsMemory(0, 3));
        });

        await Download(server).FetchAsync(snapshot, snapshot.Files[0], Target(snapshot.Files[0]));

        Assert.Equal(Shard, File.ReadAllBytes(Files.File("b.tar")));
        Assert.Equal(["", "bytes=70000-", "bytes=70000-", "bytes=70000-"], server.RangesOf("b.tar")[..4]);
    }

    [Fact]
    public async Task FetchAsync_SomethingElseComes_LeavesNoFileAndSaysWhat()
    {
        await using var server = await HubServer.StartAsync(("b.tar", Shard));
        var snapshot = await Client(server).ListAsync(Repository);

        await Fails("a web page came instead of the file", HubServer.LoginPage);
        await Fails("the server sends 3 bytes, and 300000 are expected", async (context, content) =>
        {
            context.Response.ContentLength = 3;
            await context.Response.Body.WriteAsync(content.AsMemory(0, 3));
        });
        Func<HttpContext, byte[], Task> wrong = async (context, content) =>
            await context.Response.Body.WriteAsync(new byte[content.Length]);
        await Fails("what comes has another hash than is expected, 3 times", wrong, wrong, wrong);

        async Task Fails(string found, params Func<HttpContext, byte[], Task>[] mishaps)
        {
            // One such answer may be a hiccup on the way.
            if (mishaps.Length == 1) mishaps = [.. Enumerable.Repeat(mishaps[0], DownloadHttp.Retries + 1)];
            foreach (var mishap in mishaps) server.Mishaps.Enqueue(mishap);
            var error = await Assert.ThrowsAsync<DownloadException>(
                () => Download(server).FetchAsync(snapshot, snapshot.Files[0], Target(snapshot.Files[0])));
            Assert.StartsWith("Fetching b.tar of o/d: " + found, error.Message, StringComparison.Ordinal);
            Assert.False(File.Exists(Files.File("b.tar")));
        }
    }

    [Fact]
    public async Task FetchAsync_ServerSaysOfTheWholeFileThatThereIsNoSuchPart_IsGivenUpAfterSomeTries()
    {
        await using var server = await HubServer.StartAsync(("b.tar", Shard));
        var snapshot = await Client(server).ListAsync(Repository);
        server.Serve = (context, _, _) => HubServer.Status(416)(context, []);

        var error = await Assert.ThrowsAsync<DownloadException>(
            () => Download(server).FetchAsync(snapshot, snapshot.Files[0], Target(snapshot.Files[0])));

        Assert.StartsWith(
            "Fetching b.tar of o/d: the whole file was asked for, and the server answers 416", error.Message, StringComparison.Ordinal);
        Assert.Equal(DownloadHttp.Retries + 1, server.RangesOf("b.tar").Count(r => r.Length == 0));
    }
}
