using System.Formats.Tar;
using Microsoft.AspNetCore.Http;
using PgmCluster.Data.Blobs;
using PgmCluster.Data.Blobs.Http;
using PgmCluster.Data.Downloads;
using PgmCluster.Data.Tests.Formats;
using PgmCluster.Data.Tests.Manifests;
using PgmCluster.TestSupport.Hub;
using PgmCluster.TestSupport.Web;

namespace PgmCluster.Data.Tests.Blobs;

public sealed class HttpBlobsTests : IDisposable
{
    private const int Piece = 128 << 10;

    private static readonly byte[] Content = [.. Enumerable.Range(0, 900_000).Select(i => (byte)(i * 31 >> 3))];
    private readonly HttpClient _http = DownloadHttp.Create(TimeSpan.FromMilliseconds(1), followsRedirects: true);

    public void Dispose() => _http.Dispose();

    [Theory]
    [InlineData("d/s-{000..002}.tar", "s-000.tar s-001.tar s-002.tar")]
    [InlineData("d/{a,b}/x-{8..9}.tar", "a/x-8.tar a/x-9.tar b/x-8.tar b/x-9.tar")]
    [InlineData("d/s-001.tar", "s-001.tar")]
    [InlineData("d/", "a/x-8.tar a/x-9.tar b/x-8.tar b/x-9.tar list.txt name with space.tar s-000.tar s-001.tar s-002.tar")]
    [InlineData("d/list.txt", "a/x-8.tar s-000.tar s-001.tar")]
    public async Task List_NamesPageOrText_GivesEveryFileWithLengthAndTime(string location, string names)
    {
        await using var server = await ServerAsync();

        var listed = await ListAsync(Open(server, location));

        Assert.Equal(names.Replace(" with space", "_with_space", StringComparison.Ordinal).Split(' ')
            .Select(n => n.Replace("_with_space", " with space", StringComparison.Ordinal)), listed.Select(b => b.Name));
        Assert.All(listed, b => Assert.Equal(server.Files["d/" + b.Name].Length, b.Length));
        Assert.All(listed, b => Assert.NotEqual(0, b.Changed));
        server.ETag = "\"v2\"";
        Assert.NotEqual(listed[0].Changed, (await ListAsync(Open(server, location)))[0].Changed);
    }

    [Theory]
    [InlineData("d/s-{2..1}.tar", "counts backwards")]
    [InlineData("d/s-{1..2.tar", "its braces do not fit")]
    [InlineData("d/s-{1..2}-{0..999999999}.tar", "over 1000000 names")]
    [InlineData("d/s-{x}.tar", "neither {FIRST..LAST} nor {A,B}")]
    [InlineData("d/s.tar?token=1", "a query")]
    [InlineData("d/{..,b}/../../s.tar", "does not lie below it")]
    [InlineData("elsewhere.txt", "lies elsewhere")]
    [InlineData("above.txt", "does not lie below it")]
    [InlineData("empty/", "links to no file below it")]
    [InlineData("d/s-{000..003}.tar", "the server answers 404")]
    public async Task List_WhatCannotBe_IsOneLine(string location, string found)
    {
        await using var server = await ServerAsync();
        server.Files["elsewhere.txt"] = "https://example.org/a.tar"u8.ToArray();
        server.Files["above.txt"] = "../a.tar"u8.ToArray();

        var error = await Assert.ThrowsAsync<BadInputException>(() => ListAsync(Open(server, location)));

        Assert.Contains(found, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Theory]
    [InlineData("https://data.example.org/sets/a-{0..1}.tar", true)]
    [InlineData("https://DATA.example.org:443/sets/b/", true)]
    [InlineData("https://data.example.org/sets/../secret/", false)]
    [InlineData("https://data.example.org.evil.org/sets/a.tar", false)]
    [InlineData("http://data.example.org/sets/a.tar", false)]
    [InlineData("https://data.example.org/settings.txt", false)]
    public void Require_AddressesOfTheOperator_AreAllThatClientsMayName(string location, bool isAllowed)
    {
        var roots = new ImportRoots([], ["https://data.example.org/sets/"], []);

        if (isAllowed) roots.Require("Registering", location);
        else Assert.Contains(
            "but those of Pgm:ImportAddresses, which is https://data.example.org/sets/.",
            Assert.Throws<BadInputException>(() => roots.Require("Registering", location)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Read_FromAByteOn_GivesTheRest(bool knowsRanges)
    {
        await using var server = await ServerAsync();
        server.KnowsRanges = knowsRanges;

        Assert.Equal(Content[123_456..], await ReadAsync(Open(server, "d/"), "s-000.tar", 123_456));
        Assert.Empty(await ReadAsync(Open(server, "d/"), "s-000.tar", Content.Length));
        Assert.All(server.Requests, r => Assert.False(r.IsSigned));
    }

    [Fact]
    public async Task Read_BrokenOffAndBusy_GoesOnAtTheNextByte()
    {
        await using var server = await ServerAsync();
        server.Mishaps.Enqueue(HubServer.Status(429, "0"));
        server.Mishaps.Enqueue(HubServer.Status(503));
        server.Mishaps.Enqueue(PartAsync(server, 100_000));

        Assert.Equal(Content, await ReadAsync(Open(server, "d/"), "s-000.tar", 0));

        var ranges = server.Requests.Select(r => r.Range).ToArray();
        Assert.Equal(["bytes=0-131071", "bytes=0-131071", "bytes=0-131071"], ranges[..3]);
        Assert.StartsWith("bytes=100000-", ranges[3], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Read_AFewPictures_TakesNoMoreThanAPieceOfEach()
    {
        await using var server = await ServerAsync();
        var blobs = Open(server, "d/");

        for (var i = 0; i < 5; i++) Assert.Equal(Content[(i * 1000)..(i * 1000 + 1000)], await SomeAsync(blobs, i * 1000, 1000));

        Assert.Equal(
            Enumerable.Range(0, 5).Select(i => $"bytes={i * 1000}-{i * 1000 + Piece - 1}"), server.Requests.Select(r => r.Range));
    }

    /// <summary>At a piece's last byte its connection is free; of what a reader leaves, the rest is first read in the background.</summary>
    [Fact]
    public async Task Read_PiecesOneAfterTheOther_TakesOneConnection()
    {
        await using var server = await ServerAsync();
        var blobs = Open(server, "d/");

        for (var i = 0; i < 5; i++) Assert.Equal(Content[(i * 1000)..(i * 1000 + Piece)], await SomeAsync(blobs, i * 1000, Piece));

        Assert.Equal(5, server.Requests.Count);
        Assert.Single(server.Requests.Select(r => r.Connection).Distinct());
    }

    [Fact]
    public async Task Read_FileChangesInBetween_IsNamed()
    {
        await using var server = await ServerAsync();
        await using var stream = await Open(server, "d/").OpenAsync("s-000.tar", 0);
        await stream.ReadExactlyAsync(new byte[1000]);
        server.ETag = "\"v2\"";

        var error = await Assert.ThrowsAsync<BadInputException>(() => stream.CopyToAsync(Stream.Null));

        Assert.Equal(
            $"Reading {server.Address}d/s-000.tar: the file changed while it was read. The data must not change while they are in use.",
            error.Message);
    }

    [Fact]
    public async Task Read_SomethingElseComes_IsSaid()
    {
        await using var server = await ServerAsync();
        // One such answer may be a hiccup on the way.
        for (var i = 0; i <= DownloadHttp.Retries; i++) server.Mishaps.Enqueue(HubServer.LoginPage);
        var page = await Assert.ThrowsAsync<DownloadException>(() => ReadAsync(Open(server, "d/"), "s-000.tar", 0));
        Assert.Contains("a web page came instead of the file", page.Message, StringComparison.Ordinal);
        server.Mishaps.Enqueue(HubServer.Status(403));
        var refused = await Assert.ThrowsAsync<BadInputException>(() => ReadAsync(Open(server, "d/"), "s-000.tar", 0));
        Assert.Contains("the server answers 403", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ReadAndList_SomethingElseComesOnce_IsAskedAgain()
    {
        await using var server = await ServerAsync();
        server.Mishaps.Enqueue(HubServer.LoginPage);
        Assert.Equal(Content, await ReadAsync(Open(server, "d/"), "s-000.tar", 0));
        server.Mishaps.Enqueue(HubServer.LoginPage);

        Assert.Equal(Content.Length, Assert.Single(await ListAsync(Open(server, "d/s-000.tar"))).Length);
    }

    [Theory]
    [InlineData("d/")]
    [InlineData("d/list.txt")]
    public async Task List_ServerStallsInAPage_IsSaid(string location)
    {
        await using var server = await ServerAsync();
        server.Mishaps.Enqueue(async (context, _) =>
        {
            await context.Response.WriteAsync("<html>");
            await context.Response.Body.FlushAsync();
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        });

        var error = await Assert.ThrowsAsync<DownloadException>(() => ListAsync(
            new HttpBlobs(server.Address + location, _http, TimeSpan.FromMilliseconds(1), patience: TimeSpan.FromMilliseconds(200))));

        Assert.StartsWith($"Listing {server.Address}{location}: no answer in time", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData(".gz")]
    public async Task Dataset_OfAServer_IsThatOfTheSameFilesInADirectory(string packing)
    {
        using var directory = new TemporaryDirectory();
        var shards = Enumerable.Range(0, 2).Select(s => ($"s-{s}.tar{packing}", Packed(packing, Tar(
            ($"{s}a.png", Shards.Png((byte)(10 + s))), ($"{s}a.cls", "0"u8.ToArray()),
            ($"{s}b.jpg", Shards.Jpeg(s)), ($"{s}b.cls", "1"u8.ToArray()))))).ToArray();
        await using var server = await FileServer.StartAsync([.. shards.Select(s => ("d/" + s.Item1, s.Item2))]);
        foreach (var (name, content) in shards) directory.Write("files/" + name, content);

        using var local = await Registration.Of(directory.File("files"));
        using var remote = await Registration.Of($"{server.Address}d/s-{{0..1}}.tar{packing}");

        Assert.Equal(local.Manifest.ContentSha256, remote.Manifest.ContentSha256);
        Assert.Equal(local.Manifest.Shards, remote.Manifest.Shards);
        var (here, there) = (local.Pictures(), remote.Pictures());
        Assert.All(Enumerable.Range(0, 4), p => Assert.Equal(
            (here.Label(p), Convert.ToHexString(here.Read(p).Pixels)), (there.Label(p), Convert.ToHexString(there.Read(p).Pixels))));

        server.Files["d/" + shards[0].Item1] = Packed(packing, Tar(
            ("0a.png", Shards.Png(99)), ("0a.cls", "0"u8.ToArray()), ("0b.jpg", Shards.Jpeg(7)), ("0b.cls", "1"u8.ToArray())));
        var changed = Assert.Throws<BadInputException>(() => remote.Pictures().Read(0));
        Assert.Contains($"s-0.tar{packing}: the file has changed since it was registered", changed.Message, StringComparison.Ordinal);
    }

    private static byte[] Packed(string packing, byte[] content) => packing.Length == 0 ? content : Shards.Gzip(content);

    private static byte[] Tar(params (string Name, byte[] Content)[] members) =>
        TarScannerTests.Archive(TarEntryFormat.Ustar, members);

    private static Func<HttpContext, byte[], Task> PartAsync(FileServer server, int count) => async (context, content) =>
    {
        (context.Response.StatusCode, context.Response.Headers.ContentRange) = (206, $"bytes 0-131071/{content.Length}");
        context.Response.Headers.ETag = server.ETag;
        context.Response.ContentLength = 131_072;
        await context.Response.Body.WriteAsync(content.AsMemory(0, count));
        await context.Response.Body.FlushAsync();
    };

    private static Task<FileServer> ServerAsync() => FileServer.StartAsync(
        ("d/s-000.tar", Content), ("d/s-001.tar", [1, 2]), ("d/s-002.tar", [3]), ("d/a/x-8.tar", [4]), ("d/a/x-9.tar", [5]),
        ("d/b/x-8.tar", [6]), ("d/b/x-9.tar", [7, 8]), ("d/name with space.tar", [9]), ("other/y.tar", [10]),
        ("d/list.txt", "# made by hand\ns-{000..001}.tar\n\na/x-8.tar\r\n"u8.ToArray()));

    private HttpBlobs Open(FileServer server, string location) => new(server.Address + location, _http, TimeSpan.FromMilliseconds(1));

    private static async Task<List<Blob>> ListAsync(IBlobs blobs)
    {
        var listed = new List<Blob>();
        await foreach (var blob in blobs.ListAsync()) listed.Add(blob);
        return listed;
    }

    private static async Task<byte[]> SomeAsync(IBlobs blobs, long offset, int count)
    {
        await using var stream = await blobs.OpenAsync("s-000.tar", offset);
        var bytes = new byte[count];
        await stream.ReadExactlyAsync(bytes);
        return bytes;
    }

    private static async Task<byte[]> ReadAsync(IBlobs blobs, string name, long offset)
    {
        await using var stream = await blobs.OpenAsync(name, offset);
        using var bytes = new MemoryStream();
        await stream.CopyToAsync(bytes);
        return bytes.ToArray();
    }
}
