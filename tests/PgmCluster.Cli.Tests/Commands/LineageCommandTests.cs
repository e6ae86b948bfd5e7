using System.Xml.Linq;
using PgmCluster.Cli.Tests.Fakes;
using PgmCluster.Contracts.Jobs;

namespace PgmCluster.Cli.Tests.Commands;

public sealed class LineageCommandTests : IDisposable
{
    private static readonly string Photos = new('0', 64), Tokenizer = new('1', 64), Tokens = new('2', 64), Model = new('3', 64);

    private readonly TemporaryDirectory _directory = new();
    private readonly FakeCluster _cluster = new() { IsUp = true };

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Lineage_FromScoresBackToThePictures_IsATreeOfNamesAndHashes()
    {
        await MakeAll();

        var run = await Run("lineage", "scores");

        Assert.Equal(0, run.ExitCode);
        Assert.Equal(
            """
            scores 'scores'  4 images from model
            ├─ model: weights 'model' 333333333333  pgm on tokens
            │  ├─ tokens 'tokens' 222222222222  photos by tok
            │  │  ├─ dataset 'photos' 000000000000  10000 images, 10 classes, idx
            │  │  │  └─ source: place '/data/photos'
            │  │  └─ tokenizer: weights 'tok' 111111111111  tokenizer on photos
            │  │     └─ dataset 'photos' 000000000000  (above)
            │  └─ tokenizer: weights 'tok' 111111111111  (above)
            └─ features: file 'weights-inception.pth' 444444444444

            """.ReplaceLineEndings(), run.Out);
    }

    [Fact]
    public async Task Lineage_WhatIsNotWhatItWas_IsSaid()
    {
        await MakeAll();
        _cluster.Origins["model"] = Weights("model", "pgm on tokens", Model,
            new("tokens", OriginKind.Job, "tokens", new string('9', 64)), new("tokenizer", OriginKind.Job, "tok", null),
            new("dataset", OriginKind.Job, "gone", new string('8', 64)));

        var run = await Run("lineage", "model");

        Assert.Contains("! was 999999999999 then, the name holds 222222222222 now", run.Out);
        Assert.Contains("! its hash was not recorded", run.Out);
        Assert.Contains("! no such job is known any more", run.Out);
    }

    /// <summary>A tokenization makes several sets: whoever was made from another of them was made from what it still holds.</summary>
    [Fact]
    public async Task Lineage_OfMirroredTokens_IsNotTakenForAChange()
    {
        await MakeAll();
        var mirrored = new string('5', 64);
        _cluster.Origins["tokens"] = _cluster.Origins["tokens"] with { MoreSha256 = [mirrored] };
        _cluster.Origins["model"] = Weights("model", "pgm on tokens", Model,
            new("tokens", OriginKind.Job, "tokens", Tokens), new("mirrored tokens", OriginKind.Job, "tokens", mirrored));

        var run = await Run("lineage", "model");

        Assert.Contains("└─ mirrored tokens: tokens 'tokens' 555555555555  (above)", run.Out);
        Assert.DoesNotContain("!", run.Out);
    }

    [Theory]
    [InlineData("tokens/tokens/shard-00000.safetensors", "tokens")]
    [InlineData("33333333", "model")]
    [InlineData("runs/model/weights.safetensors", "model")]
    [InlineData("photos", "photos")]
    public async Task Lineage_ByArtifactOrHash_FindsWhatMadeIt(string name, string root)
    {
        await MakeAll();

        var run = await Run("lineage", name, "--json");

        Assert.Equal(root, run.Json.GetProperty("nodes")[0].GetProperty("name").GetString());
    }

    [Fact]
    public async Task Lineage_ByHash_LooksAtAllSetsAndPassesOverWhatHasNoRecord()
    {
        await MakeAll();
        await Run("dataset", "add", "lost", "/data/lost");
        _cluster.Gone.UnionWith(["scores", "lost"]);
        _cluster.Origins["tokens"] = _cluster.Origins["tokens"] with { MoreSha256 = [new string('5', 64)] };

        var run = await Run("lineage", "555555555555", "--json");

        Assert.Equal("tokens", run.Json.GetProperty("nodes")[0].GetProperty("name").GetString());
    }

    [Fact]
    public async Task Lineage_OfAFile_FindsWhatMadeItByItsContent()
    {
        await MakeAll();
        var file = _directory["copy.png"];
        File.WriteAllText(file, "a picture");
        var hash = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData("a picture"u8));
        _cluster.Origins["tokens"] = _cluster.Origins["tokens"] with { Artifacts = [new("samples/x/grid.png", 9, hash)] };

        var run = await Run("lineage", file, "--json");

        Assert.Equal("tokens", run.Json.GetProperty("nodes")[0].GetProperty("name").GetString());
    }

    [Fact]
    public async Task Lineage_NothingOfThatNameOrHash_ExitsWith2AndOneLine()
    {
        await MakeAll();

        var (name, hash) = (await Run("lineage", "modle"), await Run("lineage", "abcdef0123"));

        Assert.Equal((2, 2), (name.ExitCode, hash.ExitCode));
        Assert.Equal(
            $"pgm: Looking for 'modle': there is no job, dataset or artifact of that name; did you mean 'model'?{Environment.NewLine}",
            name.Error);
        Assert.Contains("Looking for what has the hash abcdef0123: nothing that jobs of this home made", hash.Error);
    }

    [Fact]
    public async Task Lineage_Svg_HasABoxForEachThingWithoutOverlapAndALineForEachUse()
    {
        await MakeAll();
        var file = _directory["lineage.svg"];

        var run = await Run("lineage", "scores", "--svg", file);

        Assert.Contains($"Drawn to {file}", run.Out);
        XNamespace svg = "http://www.w3.org/2000/svg";
        var picture = XDocument.Load(file).Root!;
        var boxes = picture.Elements(svg + "g").Select(g => (
            Title: g.Element(svg + "title")!.Value, Box: g.Elements(svg + "rect").First())).ToList();
        Assert.Equal(
            ["scores", "model", "tokens", "photos", "/data/photos", "tok", "weights-inception.pth"],
            boxes.Select(b => b.Title.Split('\n')[0]));
        Assert.Contains(Model, boxes[1].Title);
        Assert.Equal(8, picture.Elements(svg + "path").Count());
        var places = boxes.Select(b => (X: (int)b.Box.Attribute("x")!, Y: (int)b.Box.Attribute("y")!)).ToList();
        Assert.Equal(places.Count, places.Distinct().Count());
        // What something was made from stands left of it.
        Assert.True(places[1].X < places[0].X && places[2].X < places[1].X && places[3].X < places[5].X);
        Assert.All(places, p => Assert.InRange(p.X, 0, (int)picture.Attribute("width")!));
    }

    private async Task MakeAll()
    {
        await Run("dataset", "add", "photos", "/data/photos");
        await Run("train", "tok", "--preset", "p");
        await Run("tokenize", "tokens", "--dataset", "photos", "--tokenizer", "tok");
        await Run("train", "model", "--preset", "p");
        await Run("evaluate", "scores", "--model", "model", "--classifier", "c");
        var photos = new OriginSource("dataset", OriginKind.Dataset, "photos", Photos);
        var tok = new OriginSource("tokenizer", OriginKind.Job, "tok", Tokenizer);
        _cluster.Origins["tok"] = Weights("tok", "tokenizer on photos", Tokenizer, photos);
        _cluster.Origins["tokens"] = new Origin
        {
            Job = "tokens",
            Made = "tokens",
            Summary = "photos by tok",
            Sha256 = Tokens,
            From = [photos, tok],
        };
        _cluster.Origins["model"] = Weights("model", "pgm on tokens", Model, new("tokens", OriginKind.Job, "tokens", Tokens), tok);
        _cluster.Origins["scores"] = new Origin
        {
            Job = "scores",
            Made = "scores",
            Summary = "4 images from model",
            From = [new("model", OriginKind.Job, "model", Model),
                new("features", OriginKind.File, "weights-inception.pth", new string('4', 64))],
        };
    }

    private static Origin Weights(string run, string summary, string sha256, params OriginSource[] from) => new()
    {
        Job = run,
        Made = "weights",
        Summary = summary,
        Sha256 = sha256,
        Artifacts = [new($"runs/{run}/weights.safetensors", 1, sha256)],
        From = from,
    };

    private Task<CliRun> Run(params string[] args) => CliRun.Of(_cluster, [.. args, "--home", _directory["home"]]);
}
