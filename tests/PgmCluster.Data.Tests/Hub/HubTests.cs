using Microsoft.AspNetCore.Http;
using PgmCluster.Data.Downloads;
using PgmCluster.Data.Hub;
using PgmCluster.TestSupport.Hub;

namespace PgmCluster.Data.Tests.Hub;

public sealed class HubTests : IDisposable
{
    private static readonly HubRepository Repository = HubRepository.Of(HubKind.Dataset, "o/d");
    private static readonly byte[] Shard = [.. Enumerable.Range(0, 300_000).Select(i => (byte)(i * 31 >> 3))];
    private readonly TemporaryDirectory _directory = new();
    private readonly HttpClient _http = DownloadHttp.Create(TimeSpan.FromMilliseconds(1));

    public void Dispose()
    {
        _http.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public async Task ListAsync_SeveralPages_GivesEveryFileWithItsHash()
    {
        await using var server = await HubServer.StartAsync(
            ("README.md", [1, 2]), ("b.tar", Shard), ("a/1.tar", [3]), ("c.tar", [4]), ("d.txt", []));

        var snapshot = await Client(server).ListAsync(Repository);

        Assert.Equal(HubServer.Commit, snapshot.Commit);
        Assert.Equal(["README.md", "a/1.tar", "b.tar", "c.tar", "d.txt"], snapshot.Files.Select(f => f.Path));
        Assert.Equal(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(Shard)), snapshot.Files[2].Sha256);
        Assert.All(server.Requests, r => Assert.True(r.HasToken));
    }

    [Fact]
    public async Task FetchAsync_FilesOfGitAndOfLargeStorage_AreWholeAndTheTokenStaysWithTheHub()
    {
        await using var server = await HubServer.StartAsync(("README.md", [1, 2]), ("b.tar", Shard), ("empty.txt", []));
        var snapshot = await Client(server).ListAsync(Repository);

        foreach (var file in snapshot.Files) await Download(server).FetchAsync(snapshot, file, Target(file));

        Assert.Equal(Shard, File.ReadAllBytes(_directory.File("b.tar")));
        Assert.Equal([1, 2], File.ReadAllBytes(_directory.File("README.md")));
        Assert.Empty(File.ReadAllBytes(_directory.File("empty.txt")));
        Assert.Equal(3, Directory.GetFiles(_directory.Path).Length);
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

        Assert.Equal(Shard, File.ReadAllBytes(_directory.File("b.tar")));
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
        Assert.False(File.Exists(_directory.File("b.tar")));

        var moved = await Download(server).FetchAsync(snapshot, snapshot.Files[0], Target(snapshot.Files[0]));

        Assert.Equal(Shard.Length - 123_456, moved);
        Assert.Equal("bytes=123456-", server.Requests.Last().Range);
        Assert.Equal(Shard, File.ReadAllBytes(_directory.File("b.tar")));
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

        Assert.Equal(Shard, File.ReadAllBytes(_directory.File("b.tar")));
        Assert.Single(Directory.GetFiles(_directory.Path));
        Assert.Contains("another transfer to the same place", waits[0], StringComparison.Ordinal);
        Assert.Null(waits[^1]);
    }

    [Fact]
    public async Task FetchAsync_ServerThatNamesNoVersion_GoesOnAtTheNextByte()
    {
        await using var server = await HubServer.StartAsync(("b.tar", Shard));
        server.ETag = "";
        server.Mishaps.Enqueue(HubServer.Cut(50_000));
        var snapshot = await Client(server).ListAsync(Repository);

        Assert.Equal(Shard.Length, await Download(server).FetchAsync(snapshot, snapshot.Files[0], Target(snapshot.Files[0])));
    }

    [Fact]
    public async Task RequireReadableAsync_ListedByEverybodyAndReadByFew_IsRefusedBeforeAByteComes()
    {
        await using var server = await HubServer.StartAsync(("b.tar", Shard));
        server.IsGated = true;
        var snapshot = await Client(server, hasToken: false).ListAsync(Repository);

        await Client(server).RequireReadableAsync(snapshot, snapshot.Files[0]);
        var error = await Assert.ThrowsAsync<BadInputException>(
            () => Client(server, hasToken: false).RequireReadableAsync(snapshot, snapshot.Files[0]));

        Assert.StartsWith("Fetching b.tar of o/d: its owner asks for consent", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(server.Requests, r => r.Host == "cdn");
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

        Assert.Equal(Shard, File.ReadAllBytes(_directory.File("b.tar")));
        Assert.True(moved > Shard.Length);
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

        Assert.Equal(Shard, File.ReadAllBytes(_directory.File("b.tar")));
    }

    [Fact]
    public async Task FetchAsync_ServerThatIgnoresRanges_IsTakenFromTheBeginning()
    {
        await using var server = await HubServer.StartAsync(("b.tar", Shard));
        var snapshot = await Client(server).ListAsync(Repository);
        server.Mishaps.Enqueue(HubServer.Cut(1_000));
        server.Mishaps.Enqueue(async (context, content) => await context.Response.Body.WriteAsync(content));

        await Download(server).FetchAsync(snapshot, snapshot.Files[0], Target(snapshot.Files[0]));

        Assert.Equal(Shard, File.ReadAllBytes(_directory.File("b.tar")));
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

        Assert.Equal(Shard, File.ReadAllBytes(_directory.File("b.tar")));
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
            Assert.False(File.Exists(_directory.File("b.tar")));
        }
    }

    [Theory]
    [InlineData(401, null, true, "the token is not valid")]
    [InlineData(401, null, false, "there is no such repository, or it needs a token")]
    [InlineData(401, "GatedRepo", true, "its owner asks for consent")]
    [InlineData(403, "GatedRepo", true, "its owner asks for consent")]
    [InlineData(403, null, true, "this account may not read it")]
    [InlineData(404, "RevisionNotFound", true, "there is no such revision")]
    [InlineData(404, "RepoNotFound", true, "it is not there")]
    public async Task ListAsync_Refused_SaysWhichPageToVisitAndNeverTheToken(int status, string? code, bool hasToken, string found)
    {
        await using var server = await HubServer.StartAsync();
        server.Answers.Enqueue(response =>
        {
            response.StatusCode = status;
            if (code is not null) response.Headers["X-Error-Code"] = code;
        });

        var error = await Assert.ThrowsAsync<BadInputException>(() => Client(server, hasToken).ListAsync(Repository));

        Assert.StartsWith($"Listing o/d at main: {found}", error.Message, StringComparison.Ordinal);
        Assert.Contains(server.Address.ToString(), error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(HubServer.Token, error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ListAsync_NobodyAnswersOrSomebodyElseDoes_IsOneLine()
    {
        var server = await HubServer.StartAsync();
        server.Answers.Enqueue(response => response.ContentType = "text/html");
        Assert.Contains(
            "the answer is no JSON", (await Assert.ThrowsAsync<DownloadException>(() => Client(server).ListAsync(Repository))).Message,
            StringComparison.Ordinal);
        var client = Client(server);
        await server.DisposeAsync();

        var error = await Assert.ThrowsAsync<DownloadException>(() => client.ListAsync(Repository));

        Assert.StartsWith("Listing o/d at main: ", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Theory]
    [InlineData("imagenet")]
    [InlineData("a/b/c")]
    [InlineData("../x")]
    [InlineData("a/")]
    [InlineData("a/b?c")]
    public void Of_NameThatIsNoRepository_IsRefused(string name) =>
        Assert.Contains(
            "Give OWNER/NAME", Assert.Throws<BadInputException>(() => HubRepository.Of(HubKind.Dataset, name)).Message,
            StringComparison.Ordinal);

    [Fact]
    public void Of_Environment_FindsEndpointAndTokenAsTheHubsToolsDo()
    {
        var file = _directory.Write("mine", "hf_file\n"u8.ToArray());
        _directory.Write(".cache/huggingface/token", "hf_left"u8.ToArray());
        HubOptions Of(params (string Name, string Value)[] set) =>
            HubOptions.Of(name => set.FirstOrDefault(s => s.Name == name).Value, _directory.Path);

        Assert.Equal(("https://huggingface.co/", "hf_left"), (Of().Endpoint.ToString(), Of().Token));
        Assert.Equal("hf_file", Of(("HF_TOKEN_PATH", file)).Token);
        Assert.Equal("hf_env", Of(("HF_TOKEN", "hf_env"), ("HF_TOKEN_PATH", file)).Token);
        Assert.Equal("http://mirror:8080/hf/", Of(("HF_ENDPOINT", "http://mirror:8080/hf")).Endpoint.ToString());
        Assert.DoesNotContain("hf_env", Of(("HF_TOKEN", "hf_env")).ToString(), StringComparison.Ordinal);
        Assert.Throws<BadInputException>(() => Of(("HF_ENDPOINT", "huggingface")));
        Assert.Throws<BadInputException>(() => Of(("HF_TOKEN_PATH", _directory.File("none"))));
    }

    private HubClient Client(HubServer server, bool hasToken = true) =>
        new(_http, new HubOptions(server.Address, hasToken ? HubServer.Token : null));

    private HubDownload Download(HubServer server) => new(Client(server), TimeSpan.FromMilliseconds(1));

    private string Target(HubFile file) => _directory.File(file.Path);

    private sealed class Progress(Action<long> report) : IProgress<long>
    {
        public void Report(long value) => report(value);
    }
}
