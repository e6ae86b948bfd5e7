using System.Security.Cryptography;
using PgmCluster.Data.Downloads;

namespace PgmCluster.Data.Tests.Downloads;

public sealed class InceptionWeightsFileTests : IDisposable
{
    private static readonly byte[] Body = [.. Enumerable.Range(0, 300_000).Select(i => (byte)(i * 7))];
    private static readonly string Hash = Convert.ToHexStringLower(SHA256.HashData(Body));
    private readonly TemporaryDirectory _directory = new();
    private readonly HttpClient _http = new();

    private string Cache => Path.Combine(_directory.Path, "cache");

    private string Store => Path.Combine(_directory.Path, "store");

    [Fact]
    public async Task LocateAsync_NothingGiven_FetchesOnceAndChecks()
    {
        using var server = new LocalFileServer(Body);
        var published = Published(server);
        var path = await Locate(null, published);
        Assert.Equal(path, await Locate(null, published));
        Assert.Equal((1, Path.Combine(Cache, published.Name)), (server.Requests, path));
        Assert.Equal(Body, await File.ReadAllBytesAsync(path));
    }

    [Fact]
    public async Task LocateAsync_CachedFileIsDamaged_FetchesAgain()
    {
        using var server = new LocalFileServer(Body);
        var published = Published(server);
        Directory.CreateDirectory(Cache);
        await File.WriteAllBytesAsync(Path.Combine(Cache, published.Name), Body[..100]);
        Assert.Equal(Body, await File.ReadAllBytesAsync(await Locate(null, published)));
    }

    [Theory]
    [InlineData(200, 300_000, true, "what comes has another hash than is expected, 3 times", typeof(DownloadException))]
    [InlineData(404, 300_000, false, "404", typeof(BadInputException))]
    [InlineData(503, 300_000, false, "503", typeof(DownloadException))]
    [InlineData(200, 1000, false, "ended prematurely", typeof(DownloadException))]
    public async Task LocateAsync_DownloadFails_SaysWhatToDoAndLeavesNoFile(int status, int sent, bool isOther, string reason, Type kind)
    {
        using var server = new LocalFileServer(Body, status, sent);
        var published = Published(server);
        if (isOther) published = published with { Sha256 = new string('0', 64) };
        var e = await Assert.ThrowsAsync(kind, () => Locate(null, published));
        Assert.Contains(reason, e.Message);
        Assert.Contains("--inception FILE or PGM_INCEPTION=FILE", e.Message);
        Assert.DoesNotContain('\n', e.Message);
        Assert.False(File.Exists(Path.Combine(Cache, published.Name)));
    }

    [Fact]
    public async Task LocateAsync_NobodyListens_SaysWhatToDo()
    {
        Uri closed;
        using (var server = new LocalFileServer(Body)) closed = server.Address("weights.pth");
        var e = await Assert.ThrowsAsync<DownloadException>(
            () => Locate(null, new PublishedFile(closed, "weights.pth", Hash, Body.Length)));
        Assert.Contains("PGM_INCEPTION=FILE", e.Message);
    }

    [Fact]
    public async Task LocateAsync_FileIsGiven_TakesItWithoutTheNetwork()
    {
        using var server = new LocalFileServer(Body);
        var given = Path.Combine(_directory.Path, "mine.safetensors");
        await File.WriteAllBytesAsync(given, [1]);
        Assert.Equal(given, await Locate(given, Published(server)));
        Assert.Equal(0, server.Requests);
    }

    [Fact]
    public async Task LocateAsync_GivenFileOfThePublishedNameIsDamaged_IsRefused()
    {
        using var server = new LocalFileServer(Body);
        var published = Published(server);
        var given = Path.Combine(_directory.Path, published.Name);
        await File.WriteAllBytesAsync(given, Body[..^1]);
        Assert.Contains("damaged", (await Assert.ThrowsAsync<BadInputException>(() => Locate(given, published))).Message);
        Assert.Contains("there is no file", (await Assert.ThrowsAsync<BadInputException>(() => Locate(given + "x", published))).Message);
    }

    [Theory]
    [InlineData("cache/weights.safetensors", 1)]
    [InlineData("store/weights.safetensors", 1)]
    [InlineData("store/weights.pth", 300_000)]
    public async Task LocateAsync_FileIsThere_IsTakenWithoutTheNetwork(string name, int bytes)
    {
        using var server = new LocalFileServer(Body);
        var path = _directory.Write(name, Body[..bytes]);
        Assert.Equal((path, 0), (await Locate(null, Published(server)), server.Requests));
    }

    public void Dispose()
    {
        _http.Dispose();
        _directory.Dispose();
    }

    private static PublishedFile Published(LocalFileServer server) => new(server.Address("weights.pth"), "weights.pth", Hash, Body.Length);

    private Task<string> Locate(string? given, PublishedFile published) =>
        InceptionWeightsFile.LocateAsync(given, [Cache, Store], _http, default, published, TimeSpan.FromMilliseconds(1));
}
