using PgmCluster.Data.Artifacts;
using PgmCluster.Data.Images;
using PgmCluster.Data.Tokens;
using PgmCluster.Execution.Documents;
using PgmCluster.Execution.Tests.Datasets;
using PgmCluster.Execution.Tokenization;
using PgmCluster.Execution.Work;

namespace PgmCluster.Execution.Tests.Inputs;

/// <summary>Tokens of mirrored images: those of the pictures as a mirror shows them.</summary>
public sealed class FlipTests : IDisposable
{
    private readonly TestRuns _runs = new();
    private readonly PictureFolders _folders = new();

    public void Dispose()
    {
        _folders.Dispose();
        _runs.Dispose();
    }

    [Fact]
    public void Tokenize_Flipped_GivesTheTokensOfTheMirroredPictures()
    {
        var tokenizer = _runs.Train(TestRuns.Work("tokenizer", 3, run: "tokenizer")).Weights;
        var location = _folders.WriteFolder(30, i => $"{i:000}.png");
        var range = PictureFolders.Register(location, _runs.Store) with { Index = null };
        var plain = Tokenize(tokenizer, range, "plain", flip: false);
        var flipped = Tokenize(tokenizer, range, "flipped", flip: true);
        foreach (var file in Directory.EnumerateFiles(location, "*.png", SearchOption.AllDirectories))
            File.WriteAllBytes(file, PngWriter.Encode(Mirror(ImageDecoder.Decode(File.ReadAllBytes(file), file))));
        var mirrored = Tokenize(tokenizer, PictureFolders.Register(location, _runs.Store) with { Index = null }, "mirrored", flip: false);

        Assert.Equal(Codes(mirrored), Codes(flipped));
        Assert.NotEqual(Codes(plain), Codes(flipped));
    }

    [Fact]
    public void Tokenize_ByPictures_EqualPicturesInAnotherDatasetGiveTheSameFile()
    {
        var tokenizer = _runs.Train(TestRuns.Work("tokenizer", 1, run: "tokenizer")).Weights;
        var one = PictureFolders.Register(_folders.WriteFolder(30, i => $"{i:000}.png"), _runs.Store) with { Index = null };
        var other = PictureFolders.Register(_folders.WriteFolder(40, i => $"{i:000}.png"), _runs.Store) with { Index = null };
        Assert.NotEqual(one.ContentSha256, other.ContentSha256);

        // The first class has the same first pictures in both.
        Assert.Equal(
            Tokenize(tokenizer, one with { Count = 2 }, "one", flip: false).File.Sha256,
            Tokenize(tokenizer, other with { Count = 2 }, "other", flip: false).File.Sha256);
    }

    [Fact]
    public void Train_FlippedTokens_ADrawSaysForEachUseWhichOfTheTwo()
    {
        var tokens = _runs.Tokens(64);
        var shard = new TokenShardWriter(7, 7);
        for (var i = 0; i < 64; i++) shard.Add([.. Enumerable.Repeat((ushort)(i % 64), 49)], i % 10);
        var flipped = _runs.Store.Write("tokens/flipped.safetensors", shard.WriteTo);
        string Train(string run, ArtifactInfo[]? mirrored) =>
            _runs.Train(TestRuns.Work("pgm", 2, tokens: [tokens], run: run) with { Flipped = mirrored }).WeightsSha256;

        var both = Train("both", [flipped]);
        Assert.Equal(both, Train("again", [flipped]));
        Assert.NotEqual(both, Train("without", null));
        Assert.NotEqual(both, Train("same", [tokens]));
    }

    [Theory]
    [InlineData("[1, 1, 2, 2]", 8)]
    [InlineData("[1, 1, 1, 2, 2]", 16)]
    public void Tokenize_Vq8AndVq16_GiveAGridOfThatFraction(string multipliers, int factor)
    {
        var set = new Dictionary<string, string> { ["model.channelMultipliers"] = multipliers, ["data.imageSize"] = "32" };
        var tokenizer = _runs.Train(TestRuns.Work("tokenizer", 1, set, run: $"vq-{factor}")).Weights;
        var range = PictureFolders.Register(_folders.WriteFolder(20, i => $"{i:000}.png"), _runs.Store);

        var made = Tokenize(tokenizer, range, $"vq-{factor}", flip: false);
        Assert.Equal((20, 32 / factor, 32 / factor), (made.Images, made.Height, made.Width));
        Assert.Equal(20 * 32 / factor * 32 / factor, Codes(made).Length);
    }

    private TokenizeShardResult Tokenize(ArtifactInfo tokenizer, ImageRange range, string name, bool flip) =>
        WorkJson.Read<TokenizeShardResult>(new TokenizeShardItem(new TokenizeShardWork
        {
            Output = $"tokens/{name}.safetensors",
            Tokenizer = tokenizer,
            Images = range,
            BatchSize = 8,
            Threads = 1,
            Flip = flip,
            ByPictures = true,
        }).Run(_runs.Context()));

    private ushort[] Codes(TokenizeShardResult made)
    {
        using var file = _runs.Store.Fetch(made.File);
        using var shard = TokenShard.Open(file);
        return [.. Enumerable.Range(0, shard.Count).SelectMany(i => shard.Codes(i).ToArray())];
    }

    private static RgbImage Mirror(RgbImage image)
    {
        var mirrored = new RgbImage(image.Width, image.Height);
        for (var y = 0; y < image.Height; y++)
        {
            for (var x = 0; x < image.Width; x++)
            {
                var pixel = image.Row(y).Slice((image.Width - 1 - x) * RgbImage.Channels, RgbImage.Channels);
                pixel.CopyTo(mirrored.Row(y)[(x * RgbImage.Channels)..]);
            }
        }
        return mirrored;
    }
}
