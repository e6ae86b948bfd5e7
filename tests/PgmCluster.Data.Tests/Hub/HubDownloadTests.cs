using PgmCluster.Data.Hub;
using PgmCluster.TestSupport.Hub;

namespace PgmCluster.Data.Tests.Hub;

public sealed class HubDownloadTests : HubTarget
{
    [Fact]
    public async Task FetchAsync_FilesOfGitAndOfLargeStorage_AreWholeAndTheTokenStaysWithTheHub()
    {
        await using var server = await HubServer.StartAsync(("README.md", [1, 2]), ("b.tar", Shard), ("empty.txt", []));
        var snapshot = await Client(server).ListAsync(Repository);

        foreach (var file in snapshot.Files) await Download(server).FetchAsync(snapshot, file, Target(file));

        Assert.Equal(Shard, File.ReadAllBytes(Files.File("b.tar")));
        Assert.Equal([1, 2], File.ReadAllBytes(Files.File("README.md")));
        Assert.Empty(File.ReadAllBytes(Files.File("empty.txt")));
        Assert.Equal(3, Directory.GetFiles(Files.Path).Length);
        Assert.Contains(server.Requests, r => r.Host == "cdn");
        Assert.All(server.Requests, r => Assert.Equal(r.Host == "hub", r.HasToken));
    }

    [Fact]
    public async Task FetchAsync_ConnectionIsCutAgainAndAgain_GoesOnAtTheNextByte()
    {
        await using var server = await HubServer.StartAsync(("b.tar", Shard));
        foreach (var after in new[] { 1, 0, 70_000, 100_000, 5 }) server.Mishaps.Enqueue(HubServer.Cut(after));
        var snapshot = await Client(server).ListAsync(Repository);

        var moved = await Download(server).FetchAsync(snapshot, snapshot.Files[0], Target(snapshot.Files[0]));

        Assert.Equal(Shard, File.ReadAllBytes(Files.File("b.tar")));
        // Nothing came twice.
        Assert.Equal(Shard.Length, moved);
    }

    [Fact]
    public async Task FetchAsync_ProgramEndedAndAgain_GoesOnAtTheNextByte()
    {
        await using var server = await HubServer.StartAsync(("b.tar", Shard));
        var snapshot = await Client(server).ListAsync(Repository);
        using var kill = new CancellationTokenSource();
        server.Mishaps.Enqueue(HubServer.Hold(123_456));
        var came = new Progress(bytes => { if (bytes == 123_456) kill.Cancel(); });
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => Download(server).FetchAsync(snapshot, snapshot.Files[0], Target(snapshot.Files[0]), came, kill.Token));
        Assert.False(File.Exists(Files.File("b.tar")));

        var moved = await Download(server).FetchAsync(snapshot, snapshot.Files[0], Target(snapshot.Files[0]));

        Assert.Equal(Shard.Length - 123_456, moved);
        Assert.Equal("bytes=123456-", server.Requests.Last().Range);
        Assert.Equal(Shard, File.ReadAllBytes(Files.File("b.tar")));
        Assert.Equal(0, await Download(server).FetchAsync(snapshot, snapshot.Files[0], Target(snapshot.Files[0])));
    }

    [Fact]
    public async Task FetchAsync_TwoToOnePlace_OneTransfersAndTheOtherWaitsForIt()
    {
        await using var server = await HubServer.StartAsync(("b.tar", Shard));
        var snapshot = await Client(server).ListAsync(Repository);
        var (held, waiting) = (new TaskCompletionSource(), new TaskCompletionSource());
        server.Mishaps.Enqueue(async (context, content) =>
        {
            await HubServer.Cut(100_000)(context, content);
            held.SetResult();
            await waiting.Task;
        });
        var first = Download(server).FetchAsync(snapshot, snapshot.Files[0], Target(snapshot.Files[0]));
        await held.Task;
        var waits = new List<string?>();
        var second = new HubDownload(Client(server), TimeSpan.FromMilliseconds(1), what =>
        {
            waits.Add(what);
            waiting.TrySetResult();
        }).FetchAsync(snapshot, snapshot.Files[0], Target(snapshot.Files[0]));

        Assert.Equal((Shard.Length, 0), (await first, await second));

        Assert.Equal(Shard, File.ReadAllBytes(Files.File("b.tar")));
        Assert.Single(Directory.GetFiles(Files.Path));
        Assert.Contains("another transfer to the same place", waits[0], StringComparison.Ordinal);
        Assert.Null(waits[^1]);
    }

    [Fact]
    public async Task FetchAsync_ETagChangedInBetween_BeginsAgain()
    {
        await using var server = await HubServer.StartAsync(("b.tar", Shard));
        var snapshot = await Client(server).ListAsync(Repository);
        server.Mishaps.Enqueue(async (context, content) =>
        {
            await HubServer.Cut(50_000)(context, [.. content.Select(b => (byte)(b + 1))]);
            server.ETag = "\"v2\"";
        });

        var moved = await Download(server).FetchAsync(snapshot, snapshot.Files[0], Target(snapshot.Files[0]));

        Assert.Equal(Shard, File.ReadAllBytes(Files.File("b.tar")));
        Assert.True(moved > Shard.Length);
    }

    private sealed class Progress(Action<long> report) : IProgress<long>
    {
        public void Report(long value) => report(value);
    }
}
