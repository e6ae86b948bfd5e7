using PgmCluster.Data.Artifacts;
using PgmCluster.Data.Blobs;
using PgmCluster.Data.Formats.Tables;
using PgmCluster.Data.Manifests;
using static PgmCluster.Data.Tests.Tables.ParquetFiles;

namespace PgmCluster.Data.Tests.Formats;

public class ParquetFormatTests
{
    [Fact]
    public async Task Index_StructsOfAllKinds_GivesPicturesAndNamesTheOthers()
    {
        const string Table = "data/train-00000-of-00001.parquet";
        using var directory = new TemporaryDirectory();
        var dataset = directory.File("in");
        directory.Write("secret.png", Shards.Png(9));
        directory.Write("in/pictures/far.png", Shards.Png(4));
        directory.Write($"in/{Table}", await PairsAsync(
            ["cat", "dog"],
            [new(Shards.Png(1), "a.png", 1), new(Shards.Jpeg(2), null, 0)],
            [new(null, "pictures/far.png", 1), new(null, "../secret.png", 1), new(null, "/etc/hostname", 0), new(null, "gone.png", 0),
                new(null, null, 0), new(null, null, 1, HasStruct: false), new("no picture"u8.ToArray(), "x", 1),
                new(Shards.Png(5), "b", null)]));
        directory.Write("in/README.md", [1]);

        var (layout, index, read) = (await Shards.Layout(dataset), await Shards.Index(dataset), await Shards.Read(dataset));

        Assert.Equal("parquet", layout.Format);
        Assert.Equal(["train"], layout.Shards.Select(s => s.Split));
        Assert.Equal(["cat", "dog"], layout.ClassNames);
        Assert.Equal([(".md", 1), (".png", 1)], layout.LeftOut.Select(l => (l.Key, l.Value)));
        Assert.Equal([$"{Table}#0.0", $"{Table}#0.1", $"{Table}#1.0", $"{Table}#1.7"], index.Keys);
        Assert.Equal(["1", "0", "1", null], read.Select(p => p.Label));
        Assert.Equal([1, 4, 5], new[] { 0, 2, 3 }.Select(i => (int)read[i].Image.Pixels[0]));
        Assert.Equal(Enumerable.Range(1, 6).Select(i => $"{Table}#1.{i}"), index.Unreadable.Select(u => u.Key));
        Assert.Contains("'../secret.png' is none within the dataset", index.Unreadable[0].Reason, StringComparison.Ordinal);
        Assert.Contains("'/etc/hostname' is none within the dataset", index.Unreadable[1].Reason, StringComparison.Ordinal);
        Assert.Contains("gone.png", index.Unreadable[2].Reason, StringComparison.Ordinal);
        Assert.All(index.Unreadable.Skip(3).Take(2), u => Assert.Contains("neither bytes nor a path", u.Reason, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("image")]
    [InlineData("anything")]
    public async Task Read_PlainBytesWithNames_GivesBoth(string column)
    {
        using var directory = new TemporaryDirectory();
        directory.Write("validation.parquet", await PlainAsync(
            column, [Shards.Png(1), Shards.Png(2)], ("caption", ["x", "y"]), ("label", ["tench", "goldfish"])));

        Assert.Equal([("tench", 1), ("goldfish", 2)], (await Shards.Read(directory.Path)).Select(p => (p.Label!, (int)p.Image.Pixels[0])));
        Assert.Equal(["validation"], (await Shards.Layout(directory.Path)).Shards.Select(s => s.Split));
    }

    [Fact]
    public async Task Read_PathsOnly_GivesTheFilesBeside()
    {
        using var directory = new TemporaryDirectory();
        directory.Write("a/1.png", Shards.Png(1));
        directory.Write("b/2.png", Shards.Png(2));
        directory.Write("list.parquet", await TextsAsync(("path", ["b/2.png", "a/1.png"]), ("class", ["x", "y"])));

        Assert.Equal([("x", 2), ("y", 1)], (await Shards.Read(directory.Path)).Select(p => (p.Label!, (int)p.Image.Pixels[0])));
    }

    [Fact]
    public async Task Recognize_TextOnly_SaysWhatIsMissing()
    {
        using var directory = new TemporaryDirectory();
        directory.Write("a.parquet", await TextsAsync(("question", ["x"]), ("answer", ["y"])));

        var error = await Assert.ThrowsAsync<BadInputException>(() => Shards.Layout(directory.Path));

        Assert.Contains("a.parquet: none of its columns ('question', 'answer') holds pictures", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Read_AnyRangeOverRowGroups_GivesWhatTheWholeGives()
    {
        using var directory = new TemporaryDirectory();
        directory.Write(
            "a.parquet", await PairsAsync(null, [Row(0), Row(1), new(null, null, 1)], [Row(2)], [new(null, null, 1), Row(3), Row(4)]));
        var (layout, index, blobs) = (await Shards.Layout(directory.Path), await Shards.Index(directory.Path),
            new DirectoryBlobs(directory.Path));
        Assert.Equal(5, index.Count);
        for (var first = 0; first <= 5; first++)
        {
            for (var count = 0; first + count <= 5; count++)
            {
                var labels = new List<string>();
                await foreach (var picture in new ParquetFormat().ReadAsync(blobs, layout.Shards[0], index, first, count))
                    labels.Add(index.LabelTexts[picture.Label]);
                Assert.Equal(Enumerable.Range(first, count).Select(i => $"{i}"), labels);
            }
        }

        static Row Row(int i) => new(Shards.Png((byte)i), null, i);
    }

    [Fact]
    public async Task Register_TwoFilesOfManyRowGroups_TakesTheSourcesSplits()
    {
        using var directory = new TemporaryDirectory();
        using var artifacts = new TemporaryDirectory();
        directory.Write("train-0.parquet", await PairsAsync(["a", "b"], [.. Enumerable.Range(0, 6).Select(i => Rows(i, 2))]));
        directory.Write("test-0.parquet", await PairsAsync(["a", "b"], Rows(9, 3)));

        var (manifest, _) = await DatasetIndexing.RegisterAsync(
            directory.Path, null, new SplitRequest(0, 0), 0, new DirectoryArtifactStore(artifacts.Path), CancellationToken.None);

        Assert.Equal(["train 12", "test 3"], manifest.Splits.Select(s => $"{s.Name} {s.Count}"));
        Assert.Equal(["a", "b"], manifest.Classes);
        Assert.Equal(["train-0.parquet#0-5", "test-0.parquet#0-0"], manifest.Shards.Select(s => s.Name));
    }

    /// <summary>The table stays as it is where a picture beside it is mended.</summary>
    [Fact]
    public async Task RegisterAgain_TablesThatPointToPictures_AreLookedAtAgainAndOthersAreNot()
    {
        using var paths = new TemporaryDirectory();
        using var both = new TemporaryDirectory();
        using var inside = new TemporaryDirectory();
        paths.Write("list.parquet", await TextsAsync(("path", ["a/1.png"]), ("class", ["x"])));
        var pair = await PairsAsync(null, [new Row(Shards.Png(1), "1.png", 1), new Row(null, "2.png", 1)]);
        both.Write("train.parquet", pair);
        both.Write("2.png", Shards.Png(2));
        inside.Write("train.parquet", pair);
        inside.Write("README.md", [1]);

        var known = (await IsKnownAsync(paths), await IsKnownAsync(both), await IsKnownAsync(inside));
        Assert.Equal((false, false, true), known);

        static async Task<bool> IsKnownAsync(TemporaryDirectory directory)
        {
            var layout = await Shards.Layout(directory.Path);
            var former = new RegistrationPlan(layout, new ArtifactInfo?[1]);
            return RegistrationPlan.Of(layout, former, [new ArtifactInfo("datasets/x", 1, new string('a', 64))]).Known[0] is not null;
        }
    }

    [Fact]
    public async Task Recognize_RowGroupOfMoreRowsThanOneMayHave_IsRefused()
    {
        using var directory = new TemporaryDirectory();
        directory.Write("a.parquet", await TextsAsync(("path", [.. Enumerable.Repeat("", (1 << 20) + 1)])));

        var error = await Assert.ThrowsAsync<BadInputException>(() => Shards.Layout(directory.Path));

        Assert.Contains(
            "a.parquet: a row group of it has 1048577 rows, and one may have 1048576. ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Index_LabelThatIsAText_IsRefused()
    {
        using var directory = new TemporaryDirectory();
        directory.Write("a.parquet", await PlainAsync(
            "image", [Shards.Png(1), Shards.Png(2)], ("label", [new string('x', 1024), new string('y', 1025)])));

        var error = await Assert.ThrowsAsync<BadInputException>(() => Shards.Index(directory.Path));

        Assert.Contains(
            "a.parquet#0.1: its label has 1025 characters, and one may have 1024. ", error.Message, StringComparison.Ordinal);
    }

    /// <summary>Rows of nothing take nearly no room in a file.</summary>
    [Fact]
    public async Task Register_ManyRowsWithoutAPicture_NamesTheFirstAndCountsTheOthers()
    {
        using var directory = new TemporaryDirectory();
        using var artifacts = new TemporaryDirectory();
        directory.Write("a.parquet", await PairsAsync(
            null, [new Row(Shards.Png(1), null, 1), .. Enumerable.Repeat(new Row(null, null, 1), 1200),
                new Row(null, new string('p', 5000), 1)]));
        Task<(DatasetManifest Manifest, ArtifactInfo File)> RegisterAsync(int skip) => DatasetIndexing.RegisterAsync(
            directory.Path, null, new SplitRequest(0, 0), skip, new DirectoryArtifactStore(artifacts.Path), CancellationToken.None);

        var error = await Assert.ThrowsAsync<BadInputException>(() => RegisterAsync(1200));
        var (manifest, _) = await RegisterAsync(1201);

        Assert.Contains("1201 of 1202 pictures cannot be read: a.parquet#0.1 (", error.Message, StringComparison.Ordinal);
        Assert.EndsWith("and 1101 more. Mend or remove them, or leave them out with --bad-images skip:1201.", error.Message);
        Assert.Equal((1, 1000), (manifest.Images, manifest.Unreadable.Count));
        Assert.Contains("201 more pictures that cannot be read than are named", manifest.Remarks);
    }

    [Fact]
    public async Task Read_FileChangedSinceItWasIndexed_NamesIt()
    {
        using var directory = new TemporaryDirectory();
        directory.Write("a.parquet", await PairsAsync(null, Rows(1, 2)));
        var (index, blobs) = (await Shards.Index(directory.Path), new DirectoryBlobs(directory.Path));
        directory.Write("a.parquet", await PairsAsync(null, Rows(2, 2)));
        var shard = (await Shards.Layout(directory.Path)).Shards[0];

        var error = await Assert.ThrowsAsync<BadInputException>(async () =>
        {
            await foreach (var _ in new ParquetFormat().ReadAsync(blobs, shard, index, 0, 2)) { }
        });

        Assert.Contains("a.parquet#0-0: the file has changed since it was registered", error.Message, StringComparison.Ordinal);
    }

    private static Row[] Rows(int seed, int count) =>
        [.. Enumerable.Range(0, count).Select(i => new Row(Shards.Png((byte)(10 * seed + i)), $"{i}.png", i % 2))];
}
