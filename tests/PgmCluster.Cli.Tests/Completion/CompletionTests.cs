using PgmCluster.Cli.Tests.Fakes;
using PgmCluster.Contracts.Catalog;
using PgmCluster.Contracts.Jobs;

namespace PgmCluster.Cli.Tests.Completion;

/// <summary>What Tab offers.</summary>
public sealed class CompletionTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly FakeCluster _cluster = new() { IsUp = true };

    public CompletionTests()
    {
        _cluster.Variables["PGM_HOME"] = _directory["home"];
        _cluster.Jobs.AddRange([Job("tok", JobKind.Training), Job("tokens-a", JobKind.Tokenization), Job("grid", JobKind.Sampling)]);
        _cluster.Datasets.Add(new CatalogEntry { Name = "fashion", Summary = "", CreatedAt = DateTimeOffset.UnixEpoch });
    }

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("ru", "runs")]
    [InlineData("runs |p", "pause")]
    [InlineData("runs list |--ki", "--kind")]
    [InlineData("runs list --kind |Pu", "Pull")]
    [InlineData("completion |", "bash words zsh fish")]
    [InlineData("runs show |", "tok tokens-a grid")]
    [InlineData("runs show |tok", "tok tokens-a")]
    [InlineData("runs watch --json |g", "grid")]
    [InlineData("train new --tokens |", "tokens-a")]
    [InlineData("train new --preset |", "pgm-smoke tokenizer-smoke")]
    [InlineData("train new --preset = |pgm", "pgm-smoke")]
    [InlineData("train new --preset |=", "pgm-smoke tokenizer-smoke")]
    [InlineData("train new --tokens tokens-a --preset |t", "tokenizer-smoke")]
    [InlineData("sample mine --model |", "tok")]
    [InlineData("tokenize again --dataset |", "fashion")]
    [InlineData("dataset show |", "fashion")]
    [InlineData("lineage |", "tok tokens-a grid fashion")]
    [InlineData("checkpoint inspect |", "")]
    [InlineData("runs show tok |", "")]
    [InlineData("nothing of this |", "")]
    public async Task Words_Line_BecomesTheseAndNoOthers(string line, string expected)
    {
        var at = line.IndexOf('|');
        string[] words = at < 0 ? [line] : [.. line[..at].Split(' ', StringSplitOptions.RemoveEmptyEntries), line[(at + 1)..]];

        var run = await CliRun.Of(_cluster, ["completion", "words", "--", .. words]);

        Assert.Equal(0, run.ExitCode);
        Assert.Equal(
            expected.Split(' ', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal),
            run.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal("", run.Error);
    }

    [Fact]
    public async Task Words_LineNamesAGateway_AreOfThatCluster()
    {
        _cluster.IsUp = false;

        var run = await CliRun.Of(_cluster, "completion", "words", "--", "runs", "show", "--gateway", "db1:1", "gr");

        Assert.Equal("grid\n", run.Out);
        Assert.Equal(["connect db1:1 pgm", "close"], _cluster.Log);
    }

    [Fact]
    public async Task Words_NoSiloAndNoHome_AreNoneAndNothingIsStarted()
    {
        _cluster.IsUp = false;

        var run = await CliRun.Of(_cluster, "completion", "words", "--", "runs", "show", "");

        Assert.Equal((0, "", "", 0), (run.ExitCode, run.Out, run.Error, _cluster.Embedded));
        Assert.False(Directory.Exists(_directory["home"]));
    }

    [Fact]
    public async Task Completion_UnknownShell_NamesThoseThereAre()
    {
        var run = await CliRun.Of(_cluster, "completion", "fsh");

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("did you mean 'fish'? Use 'pgm completion bash' or 'pgm completion zsh' or 'pgm completion fish'.", run.Error);
    }

    private static CatalogEntry Job(string name, JobKind kind) =>
        new() { Name = name, Summary = "", JobKind = kind, CreatedAt = DateTimeOffset.UnixEpoch };
}
