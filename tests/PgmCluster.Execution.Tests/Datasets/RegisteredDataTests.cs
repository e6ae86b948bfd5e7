using PgmCluster.Data;
using PgmCluster.Data.Artifacts;
using PgmCluster.Data.Images;
using PgmCluster.Data.Tokens;
using PgmCluster.Execution.Documents;
using PgmCluster.Execution.Images;
using PgmCluster.Execution.Sampling;
using PgmCluster.Execution.Specifications;
using PgmCluster.Execution.Tokenization;
using PgmCluster.Execution.Work;
using PgmCluster.TestSupport;
using static TorchSharp.torch;

namespace PgmCluster.Execution.Tests.Datasets;

/// <summary>What is read is what was registered or written, whatever the layout; else the work stops and names the file.</summary>
public class RegisteredDataTests
{
    [Fact]
    public void Train_SamePicturesUnderOtherNames_GivesTheSameWeightsFromEitherEnd()
    {
        using var runs = new TestRuns();
        using var folders = new PictureFolders();
        var one = PictureFolders.Register(folders.WriteFolder(80, i => $"{i:000}.png"), runs.Store);
        var other = PictureFolders.Register(folders.WriteFolder(80, i => $"{i * 37 % 80:000}.png"), runs.Store);
        Assert.Equal(one.ContentSha256, other.ContentSha256);
        Assert.NotEqual(one.Manifest, other.Manifest);
        foreach (var start in new[] { 0, 40 })
        {
            string Weights(ImageRange range) =>
                runs.Train(TestRuns.Work("classifier", 2) with { Images = range with { Start = start, Count = 40 } }).WeightsSha256;
            Assert.Equal(Weights(one), Weights(other));
        }
    }

    [Theory]
    [InlineData(null)]
    [InlineData("#3366cc")]
    public void Batch_TransparentPicture_IsDecodedAsTheDatasetSays(string? background)
    {
        using var runs = new TestRuns();
        using var folders = new PictureFolders();
        var location = folders.WriteFolder(1, i => $"{i}.png");
        var golden = Path.Combine(RepositoryRoot.Path, "tests/golden/pictures");
        File.Copy(Path.Combine(golden, "png-rgba.png"), Directory.EnumerateFiles(location, "*.png", SearchOption.AllDirectories).Single(),
            overwrite: true);
        var ppm = File.ReadAllBytes(Path.Combine(golden, background is null ? "" : "composed", "png-rgba.png.ppm"));
        var whole = ppm["P6\n23 17\n255\n".Length..];
        var expected = new float[3 * 17 * 17];
        ImagePreparation.Normalize(ImagePreparation.Prepare(new RgbImage(23, 17, whole), 17), expected);

        using var images = new PreparedImages(PictureFolders.Register(location, runs.Store, background), 17, runs.Context());
        using var batch = images.Batch([0], CPU);

        Assert.Equal(expected, batch.data<float>().ToArray());
    }

    [Fact]
    public void Tokenize_FolderChangedSinceRegistration_GivesTheSameTokensOrNamesTheFile()
    {
        using var runs = new TestRuns();
        using var folders = new PictureFolders();
        var tokenizer = runs.Train(TestRuns.Work("tokenizer", 1, run: "tokenizer")).Weights;
        var location = folders.WriteFolder(40, i => $"{i:000}.png");
        var range = PictureFolders.Register(location, runs.Store);
        string Tokenize() =>
            new TokenizeShardItem(
                new TokenizeShardWork
                {
                    Output = "tokens/0.safetensors",
                    Tokenizer = tokenizer,
                    Images = range,
                    BatchSize = 8,
                    Threads = 1
                }).Run(runs.Context());
        var tokens = Tokenize();

        string[] pictures =
            [.. Directory.EnumerateFiles(location, "*.png", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];
        var bytes = File.ReadAllBytes(pictures[0]);
        // A dataset is what was registered: what came later is no part of it.
        File.Copy(pictures[0], Path.Combine(Path.GetDirectoryName(pictures[0])!, "late.png"));
        Assert.Equal(tokens, Tokenize());
        File.WriteAllBytes(pictures[0], File.ReadAllBytes(pictures[^1]));
        Assert.Contains($"{pictures[0]}: the file has changed since it was registered", Assert.Throws<BadInputException>(Tokenize).Message);
        File.Delete(pictures[0]);
        Assert.Contains(pictures[0], Assert.Throws<BadInputException>(Tokenize).Message);
        File.WriteAllBytes(pictures[0], bytes);
        Assert.Equal(tokens, Tokenize());
    }

    [Theory]
    [InlineData(64, 0, "picture 3 has code 64, the model a codebook of 64")]
    [InlineData(0, 10, "picture 3 is of class 10, the model has 10 classes")]
    [InlineData(0, -1, "picture 3 has no label, and the model learns classes")]
    public void Train_TokensOutsideOfTheModel_AreRefusedNamingShardAndPicture(int code, int label, string expected)
    {
        using var runs = new TestRuns();
        var shard = new TokenShardWriter(7, 7);
        for (var i = 0; i < 8; i++) shard.Add([.. Enumerable.Repeat((ushort)(i == 3 ? code : 63), 49)], i == 3 ? label : 9);
        var tokens = runs.Store.Write("tokens/odd.safetensors", shard.WriteTo);

        var message = Assert.Throws<BadInputException>(() => runs.Train(TestRuns.Work("pgm", 1, tokens: [tokens]))).Message;
        Assert.Contains(expected, message);
        Assert.Contains("tokens/odd.safetensors", message);
    }

    [Fact]
    public void Tokenize_SplitWithoutLabels_IsTokenizedAndNotTrainedOnInItsOwnWords()
    {
        using var runs = new TestRuns();
        using var folders = new PictureFolders();
        var tokenizer = runs.Train(TestRuns.Work("tokenizer", 1, run: "tokenizer")).Weights;
        var all = PictureFolders.Register(folders.WriteStl10(labelled: 2, unlabelled: 32), runs.Store);
        var unlabelled = all with { Start = 2, Count = 32 };

        var tokens = WorkJson.Read<TokenizeShardResult>(new TokenizeShardItem(new TokenizeShardWork
        {
            Output = "tokens/0.safetensors",
            Tokenizer = tokenizer,
            Images = unlabelled,
            BatchSize = 10,
            Threads = 1,
        }).Run(runs.Context()));

        Assert.Equal(32, tokens.Images);
        Assert.Contains(
            "picture 0 has no label, and the model learns classes",
            Assert.Throws<BadInputException>(() => runs.Train(TestRuns.Work("pgm", 1, tokens: [tokens.File], run: "pgm"))).Message);
        Assert.Contains(
            "has no label, and the model learns classes",
            Assert.Throws<BadInputException>(
                () => runs.Train(TestRuns.Work("classifier", 1, run: "cls") with { Images = unlabelled })).Message);
        Assert.Equal(1, runs.Train(TestRuns.Work("tokenizer", 1, run: "again") with { Images = unlabelled }).Steps);
    }

    [Fact]
    public void Run_TokensWeightsOrPicturesChangedSinceTheyWereWritten_IsRefusedNamingTheFile()
    {
        using var runs = new TestRuns();
        var shard = runs.Tokens(64);
        var tokenizer = runs.Train(TestRuns.Work("tokenizer", 1, run: "tokenizer")).Weights;
        var model = runs.Train(TestRuns.Work("pgm", 1, tokens: [shard], run: "model")).Weights;
        string Sample() => new SampleChunkItem(new SampleChunkWork
        {
            OutputPrefix = "samples/",
            FirstIndex = 0,
            Model = model,
            Tokenizer = tokenizer,
            Labels = [0, 1],
            Seed = 1,
            Settings = new SamplerSettings { Steps = 2, BatchSize = 2, Threads = 1 },
        }).Run(runs.Context());
        var pictures = WorkJson.Read<SampleChunkResult>(Sample()).Images;

        Expect(shard, () => runs.Train(TestRuns.Work("pgm", 1, tokens: [shard], run: "again")));
        Expect(model, () => Sample());
        Expect(tokenizer, () => Sample());
        Expect(
            pictures[0],
            () => new ComposeGridItem(
                new ComposeGridWork { Output = "grid.png", Images = pictures, Columns = 2, RowLabels = [] }).Run(runs.Context()));

        void Expect(ArtifactInfo artifact, Action work)
        {
            var path = runs.FileOf(artifact.Name);
            var bytes = File.ReadAllBytes(path);
            File.WriteAllBytes(path, [.. bytes[..^1], (byte)(bytes[^1] ^ 1)]);
            Assert.Contains(artifact.Name, Assert.Throws<DataCorruptException>(work).Message);
            File.WriteAllBytes(path, bytes);
            work();
        }
    }
}
