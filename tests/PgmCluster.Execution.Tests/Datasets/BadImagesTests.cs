using PgmCluster.Data;
using PgmCluster.Data.Artifacts;
using PgmCluster.Data.Tokens;
using PgmCluster.Execution.Documents;
using PgmCluster.Execution.Evaluation;
using PgmCluster.Execution.Specifications;
using PgmCluster.Execution.Tokenization;
using PgmCluster.Execution.Work;
using PgmCluster.TestSupport;

namespace PgmCluster.Execution.Tests.Datasets;

/// <summary>Pictures that cannot be decoded, found when they are: left out up to a number, else named.</summary>
public sealed class BadImagesTests : IDisposable
{
    private readonly TestRuns _runs = new();
    private readonly PictureFolders _folders = new();
    private readonly ImageRange _range;
    private readonly string[] _broken;

    public BadImagesTests()
    {
        var location = _folders.WriteFolder(40, i => $"{i:000}.png");
        var directories = Directory.GetDirectories(location).Order(StringComparer.Ordinal).ToArray();
        _broken = [$"{directories[0]}/broken.webp", $"{directories[2]}/broken.webp"];
        foreach (var (i, path) in _broken.Index()) File.WriteAllBytes(path, BrokenPictures.Webp(i));
        _broken = [.. _broken.Select(p => Path.GetRelativePath(location, p))];
        _range = PictureFolders.Register(location, _runs.Store);
        Assert.Equal(42, _range.Count);
    }

    public void Dispose()
    {
        _folders.Dispose();
        _runs.Dispose();
    }

    [Fact]
    public void Tokenize_TwoBroken_AreLeftOutAndListedWhateverTheLanes()
    {
        var tokenizer = _runs.Train(TestRuns.Work("tokenizer", 1, run: "tokenizer")).Weights;
        TokenizeShardResult Tokenize(int cores, int skip) => WorkJson.Read<TokenizeShardResult>(new TokenizeShardItem(
            new TokenizeShardWork
            {
                Output = $"tokens/{cores}.safetensors",
                Tokenizer = tokenizer,
                Images = _range,
                BatchSize = 8,
                Threads = 1,
                SkipBad = skip,
            }).Run(_runs.Context(cores)));

        var made = Tokenize(cores: 1, skip: 2);
        Assert.Equal((40, 2), (made.Images, made.Skipped.Count));
        Assert.Equal(_broken, made.Skipped.Select(s => s.Key).Order(StringComparer.Ordinal));
        Assert.All(made.Skipped, s => Assert.NotEmpty(s.Reason));
        using (var file = _runs.Store.Fetch(made.File))
        using (var shard = TokenShard.Open(file)) Assert.Equal(40, shard.Count);

        var again = Tokenize(cores: 3, skip: 5);
        Assert.Equal(made.File.Sha256, again.File.Sha256);
        Assert.Equal(made.Skipped, again.Skipped);

        var tooMany = Assert.Throws<BadInputException>(() => Tokenize(cores: 1, skip: 1)).Message;
        Assert.Contains("1 may be left out", tooMany);
        Assert.All(_broken, name => Assert.Contains(name, tooMany));
        var failed = Assert.Throws<BadInputException>(() => Tokenize(cores: 1, skip: 0)).Message;
        Assert.Contains(_broken.Single(failed.Contains), failed);
        Assert.Contains("--bad-images skip:N", failed);
    }

    [Fact]
    public void Evaluate_TwoBroken_AreLeftOutAndTheOthersHaveTheSameFeatures()
    {
        var classifier = _runs.Train(TestRuns.Work("classifier", 1, run: "classifier")).Weights;
        EvaluateChunkResult Evaluate(int cores, int skip) => WorkJson.Read<EvaluateChunkResult>(new EvaluateChunkItem(
            new EvaluateChunkWork
            {
                Output = $"features/{cores}.safetensors",
                Subject = EvaluationSubject.Reference,
                Classifier = classifier,
                Images = _range,
                Settings = new SamplerSettings { BatchSize = 8, Threads = 1 },
                SkipBad = skip,
            }).Run(_runs.Context(cores)));

        var made = Evaluate(cores: 1, skip: 2);
        Assert.Equal(40, made.Images);
        Assert.Equal(_broken, made.Skipped.Select(s => s.Key).Order(StringComparer.Ordinal));
        var again = Evaluate(cores: 2, skip: 2);
        Assert.Equal((made.Features.Sha256, made.Features.Size), (again.Features.Sha256, again.Features.Size));
        Assert.Equal(made.Skipped, again.Skipped);
        Assert.Throws<BadInputException>(() => Evaluate(cores: 1, skip: 1));
    }

    [Fact]
    public void Train_TwoBroken_TheNextPictureIsInTheirPlaceWhateverTheLanes()
    {
        string Train(int cores, int skip)
        {
            var work = TestRuns.Work("classifier", 6, run: $"run-{cores}") with { Images = _range, SkipBad = skip };
            return _runs.Train(work, _runs.Context(cores)).WeightsSha256;
        }

        Assert.Equal(Train(cores: 1, skip: 2), Train(cores: 2, skip: 9));
        Assert.Contains("--bad-images skip:N", Assert.Throws<BadInputException>(() => Train(cores: 1, skip: 0)).Message);
    }

    [Fact]
    public void Tokenize_FileChangedSinceRegistration_IsNeverLeftOut()
    {
        var tokenizer = _runs.Train(TestRuns.Work("tokenizer", 1, run: "tokenizer")).Weights;
        File.WriteAllBytes(Path.Combine(_range.Location, _broken[0]), BrokenPictures.Webp(7));
        var message = Assert.Throws<BadInputException>(() => new TokenizeShardItem(
            new TokenizeShardWork
            {
                Output = "tokens/0.safetensors",
                Tokenizer = tokenizer,
                Images = _range,
                BatchSize = 8,
                Threads = 1,
                SkipBad = 10,
            }).Run(_runs.Context())).Message;
        Assert.Contains("has changed since it was registered", message);
    }
}
