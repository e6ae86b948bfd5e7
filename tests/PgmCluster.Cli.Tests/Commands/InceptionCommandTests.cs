using System.Security.Cryptography;
using PgmCluster.Cli.Tests.Fakes;
using PgmCluster.Data.Downloads;
using PgmCluster.TestSupport.Hub;

namespace PgmCluster.Cli.Tests.Commands;

public sealed class InceptionCommandTests : IDisposable
{
    private static readonly byte[] Weights = [.. Enumerable.Range(0, 200_000).Select(i => (byte)(i * 31 >> 3))];
    private readonly FakeCluster _cluster = new();
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Pull_ConnectionIsCut_FetchesEachByteOnceAndIsFoundByTheNextCommand()
    {
        await using var server = await PublishAsync();
        server.Mishaps.Enqueue(HubServer.Cut(50_000));

        var first = await Pull("--json");
        var second = await Pull("--json");

        var file = Path.Combine(_directory["home"], "cache", "weights.pth");
        Assert.Equal((0, 200_000, file), (first.ExitCode, Transferred(first), first.Json.GetProperty("file").GetString()));
        Assert.Equal((0, 0), (second.ExitCode, Transferred(second)));
        Assert.Equal(Weights, File.ReadAllBytes(file));
        Assert.Equal(["", "bytes=50000-"], server.RangesOf("weights.pth"));
    }

    [Theory]
    [InlineData(404, 2, "the server answers 404 Not Found")]
    [InlineData(503, 1, "the server answers 503 Service Unavailable")]
    public async Task Pull_ServerAnswersSomethingElse_SaysWhetherRepeatingMayHelp(int status, int code, string found)
    {
        await using var server = await PublishAsync();
        for (var i = 0; i <= DownloadHttp.Retries; i++) server.Mishaps.Enqueue(HubServer.Status(status));

        var run = await Pull();

        Assert.Equal(code, run.ExitCode);
        Assert.Contains(found, run.Error);
        Assert.Single(run.Error.TrimEnd().Split('\n'));
    }

    private async Task<HubServer> PublishAsync()
    {
        var server = await HubServer.StartWithAsync("o/m", ("weights.pth", Weights));
        _cluster.Inception = new PublishedFile(
            new Uri(server.Address, $"o/m/resolve/{HubServer.Commit}/weights.pth"), "weights.pth",
            Convert.ToHexStringLower(SHA256.HashData(Weights)), Weights.Length);
        return server;
    }

    private Task<CliRun> Pull(params string[] more) => CliRun.Of(_cluster, ["inception", "pull", "--home", _directory["home"], .. more]);

    private static long Transferred(CliRun run) => run.Json.GetProperty("transferred").GetInt64();
}
