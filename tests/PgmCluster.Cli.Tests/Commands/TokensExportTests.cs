using Apache.Arrow.Ipc;
using PgmCluster.Cli.Tests.Fakes;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Contracts.Tokenization;
using PgmCluster.Data.Artifacts;
using PgmCluster.Data.Tokens;
using PgmCluster.TestSupport;

namespace PgmCluster.Cli.Tests.Commands;

/// <summary>Which tokens <c>pgm tokens export</c> writes where.</summary>
public sealed class TokensExportTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly FakeCluster _cluster = new() { IsUp = true };

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("train", null, "train", 2)]
    [InlineData("validation", null, "validation", 3)]
    [InlineData("eval", "validation", "validation", 3)]
    [InlineData("train", "train-flipped", "train-flipped", 4)]
    public async Task Export_OfSeveralSets_WritesTheOneThatIsNamed(string split, string? set, string written, int images)
    {
        await Make(several: true);

        var run = await Export(split, set);

        Assert.Equal(0, run.ExitCode);
        Assert.Equal((written, images), (run.Json.GetProperty("set").GetString(), run.Json.GetProperty("images").GetInt32()));
        var file = Assert.Single(SavedTokens.Find(_directory["saved"], split).Files);
        using var saved = new ArrowStreamReader(File.OpenRead(Path.Combine(_directory["saved"], split, file)));
        Assert.Equal(images, (await saved.ReadNextRecordBatchAsync()).Length);
    }

    [Theory]
    [InlineData("eval", null, "none of split 'eval'. Say which with --set NAME.")]
    [InlineData("eval", "evaluation", "not 'evaluation'. Give one of these with --set.")]
    public async Task Export_NoneFits_IsRefusedAndWritesNothing(string split, string? set, string why)
    {
        await Make(several: true);

        var run = await Export(split, set);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains($"Exporting 't': it has 'train' and 'train-flipped' and 'validation', {why}", run.Error);
        Assert.False(Directory.Exists(_directory["saved"]));
    }

    [Fact]
    public async Task Export_OfOneSet_MayGoToAnyDirectory()
    {
        await Make(several: false);

        Assert.Equal(2, (await Export("eval", null)).Json.GetProperty("images").GetInt32());
    }

    /// <summary>Whoever opens a directory where the store may be a bucket reads nothing there.</summary>
    [Fact]
    public void Commands_OpenTheStoreThatTheHomeNames()
    {
        var root = new DirectoryInfo(Path.Combine(RepositoryRoot.Path, "src/PgmCluster.Cli"));
        var files = root.EnumerateFiles("*.cs", SearchOption.AllDirectories).Where(f => f.Name != "PgmHome.cs").ToList();

        Assert.NotEmpty(files);
        Assert.DoesNotContain(files, f => File.ReadAllText(f.FullName).Contains("new DirectoryArtifactStore(", StringComparison.Ordinal));
    }

    private async Task Make(bool several)
    {
        await Run("dataset", "add", "photos", "/data/photos");
        await Run("tokenize", "t", "--dataset", "photos", "--tokenizer", "tok");
        _cluster.Tokens["t"] = new TokenizationResult
        {
            Split = "train",
            Shards = [Shard("shard", 2)],
            Images = 2,
            MoreSets = several
                ? [
                    new TokenSet { Split = "train", Flipped = true, Images = 4, Shards = [Shard("flipped", 4)] },
                    new TokenSet { Split = "validation", Images = 3, Shards = [Shard("validation", 3)] },
                ]
                : null,
            Height = 2,
            Width = 2,
            Codebook = 7,
            CodesUsed = 1,
            Dataset = "photos",
            Tokenizer = "tok",
        };
    }

    private TokenShardInfo Shard(string name, int images)
    {
        var writer = new TokenShardWriter(2, 2);
        for (var i = 0; i < images; i++) writer.Add([1, 2, 3, 4], 0);
        var store = new DirectoryArtifactStore(_directory["home/artifacts"]);
        var file = store.Write($"tokens/t/{name}-00000.safetensors", writer.WriteTo);
        return new TokenShardInfo { Index = 0, Images = images, File = new ArtifactReference(file.Name, file.Size, file.Sha256) };
    }

    private Task<CliRun> Export(string split, string? set) => Run(
        ["tokens", "export", "t", _directory["saved"], "--split", split, .. set is null ? Array.Empty<string>() : ["--set", set], "--json"]);

    private Task<CliRun> Run(params string[] args) => CliRun.Of(_cluster, [.. args, "--home", _directory["home"]]);
}
