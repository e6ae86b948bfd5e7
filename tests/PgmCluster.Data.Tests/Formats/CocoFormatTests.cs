using System.Text;
using System.Text.Json;
using PgmCluster.Data.Artifacts;
using PgmCluster.Data.Formats;
using PgmCluster.Data.Formats.Layouts;
using PgmCluster.Data.Manifests;

namespace PgmCluster.Data.Tests.Formats;

public class CocoFormatTests
{
    [Theory]
    [InlineData("")]
    [InlineData("images/")]
    [InlineData("coco/")]
    public async Task Index_CaptionsAndPictures_KeepsIdsAndCaptionsByteForByte(string below)
    {
        using var directory = new TemporaryDirectory();
        var root = below == "coco/" ? below : "";
        Annotate(directory, $"{root}annotations/captions_train2017.json", [(9, "b.png"), (139, "a.png")],
            [(139, "A man.\nTwo lines"), (9, "a dog"), (139, "Un caf\u00e9")]);
        Annotate(directory, $"{root}annotations/captions_val2017.json", [(285, "c.png")], []);
        directory.Write($"{below}train2017/a.png", Shards.Png(1));
        directory.Write($"{below}train2017/b.png", Shards.Png(2));
        directory.Write($"{below}val2017/c.png", Shards.Png(3));
        directory.Write("README.txt", [1]);

        var layout = await Shards.Layout(directory.Path);
        var index = await Shards.Index(directory.Path);
        var artifact = directory.File("index");
        using (var file = File.Create(artifact)) index.WriteTo(file);

        Assert.Equal("coco", layout.Format);
        Assert.Equal(["train", "validation"], layout.Shards.Select(s => s.Split));
        Assert.Equal(["139", "9"], index.Keys);
        Assert.Equal([-1, -1], index.Labels);
        Assert.Equal(["A man. Two lines\nUn caf\u00e9", "a dog"], ShardIndex.Read(artifact).Captions);
        Assert.Equal([(".txt", 1)], layout.LeftOut.Select(l => (l.Key, l.Value)));
        Assert.Equal(["139", "9", "285"], (await Shards.Read(directory.Path)).Select(p => p.Key));
    }

    [Fact]
    public async Task Register_Coco_IsOneUnlabelledClassInTheSourcesSplitsAndKnowsItsShardsAgain()
    {
        using var directory = new TemporaryDirectory();
        using var artifacts = new TemporaryDirectory();
        Annotate(directory, "annotations/instances_train2017.json", [(1, "1.png"), (2, "2.png")], []);
        Annotate(directory, "annotations/instances_val2017.json", [(3, "3.png")], []);
        for (var i = 1; i <= 3; i++) directory.Write($"{(i < 3 ? "train" : "val")}2017/{i}.png", Shards.Png((byte)i));

        var (manifest, _) = await DatasetIndexing.RegisterAsync(
            directory.Path, null, new SplitRequest(0, 0), 0, new DirectoryArtifactStore(artifacts.Path), CancellationToken.None);

        Assert.Equal(["unlabelled"], manifest.Classes);
        Assert.Equal(["train 2", "validation 1"], manifest.Splits.Select(s => $"{s.Name} {s.Count}"));
        Assert.Contains("registered without labels", Assert.Single(manifest.Remarks), StringComparison.Ordinal);
    }

    [Fact]
    public void WriteTo_PlanWithIdsAndCaptions_ReadsBack()
    {
        using var directory = new TemporaryDirectory();
        var shard = new ShardPlan("a.png", "train", [new Data.Blobs.Blob("a.png", 7) { Changed = 5 }])
        {
            Keys = ["139"],
            Captions = ["two\nlines"],
        };
        var path = directory.File("plan");
        IReadOnlyList<long> open;
        using (var file = File.Create(path)) open = new RegistrationPlan(new DatasetLayout("coco", [shard]), [null]).WriteTo(file);

        var read = RegistrationPlan.ReadShard(path, open[0]);

        Assert.Equal(shard.Keys, read.Keys);
        Assert.Equal(shard.Captions, read.Captions);
    }

    [Theory]
    [InlineData("../outside.png", "names pictures that are not there: ../outside.png")]
    [InlineData("/etc/hostname", "names pictures that are not there: /etc/hostname")]
    [InlineData("none.png", "names pictures that are not there: none.png")]
    public async Task Recognize_PictureThatIsNotListed_IsNamedAndNotOpened(string name, string found)
    {
        using var directory = new TemporaryDirectory();
        directory.Write("in/train2017/a.png", Shards.Png(1));
        directory.Write("in/outside.png", Shards.Png(2));
        Annotate(directory, "in/annotations/captions_train2017.json", [(1, "a.png"), (2, name)], []);

        var error = await Assert.ThrowsAsync<BadInputException>(() => Shards.Layout(directory.File("in")));

        Assert.Contains(found, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Recognize_SetWithoutItsPictures_IsRemarkedAndLeftOut()
    {
        using var directory = new TemporaryDirectory();
        Annotate(directory, "annotations/captions_train2017.json", [(1, "a.png"), (2, "b.png")], []);
        Annotate(directory, "annotations/captions_val2017.json", [(3, "c.png")], []);
        directory.Write("val2017/c.png", Shards.Png(3));

        var layout = await Shards.Layout(directory.Path);

        Assert.Equal(["validation"], layout.Shards.Select(s => s.Split));
        Assert.Contains("captions_train2017.json names 2 pictures, none of which is there", layout.Remarks[0], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{\"images\": [{\"id\": 1, \"file_name\": \"a.png\"}", "it is cut")]
    [InlineData("{\"images\": [{\"id\": 1, \"file_name\": \"a.png\"}, {\"id\": 1, \"file_name\": \"a.png\"}]}", "names the picture 1 twice")]
    [InlineData("{\"images\": [{\"file_name\": \"a.png\"}]}", "a picture has no id or file_name")]
    [InlineData("{\"images\": [7]}", "holds something else than objects")]
    [InlineData("[]", "its root is no object")]
    [InlineData("{\"images\": [}", "it is no JSON")]
    public async Task Recognize_AnnotationsThatMakeNoSense_AreNamed(string json, string found)
    {
        using var directory = new TemporaryDirectory();
        directory.Write("annotations/captions_train2017.json", Encoding.UTF8.GetBytes(json));
        directory.Write("train2017/a.png", Shards.Png(1));

        var error = await Assert.ThrowsAsync<BadInputException>(() => Shards.Layout(directory.Path));

        Assert.Contains("captions_train2017.json", error.Message, StringComparison.Ordinal);
        Assert.Contains(found, error.Message, StringComparison.Ordinal);
    }

    /// <summary>The real files have 90 to 450 MB: they are read in pieces, and outlines of objects are not kept.</summary>
    [Fact]
    public async Task ReadAsync_LongFileInPieces_TakesWhatIsWanted()
    {
        var text = new StringBuilder("{\"info\": {\"a\": [1, {\"b\": null}]}, \"annotations\": [");
        for (var i = 0; i < 3000; i++)
        {
            text.Append(i > 0 ? "," : "").Append("{\"image_id\": ").Append(i % 7).Append(", \"caption\": \"c").Append(i)
                .Append("\", \"segmentation\": [").Append(string.Join(',', Enumerable.Repeat("1.5", 20))).Append("]}");
        }
        text.Append("], \"categories\": [{\"id\": 1}, [2], 3], \"images\": [{\"id\": 5, \"file_name\": \"x\"}]}");
        using var stream = new ForwardOnly(new MemoryStream(Encoding.UTF8.GetBytes(text.ToString())));

        var read = await CocoAnnotations.ReadAsync(stream, "a.json", CancellationToken.None);

        Assert.Equal([5L], read!.Files.Keys);
        Assert.Equal(Enumerable.Range(0, 3000).Where(i => i % 7 == 5).Select(i => $"c{i}"), read.Caption(5).Split('\n'));
    }

    [Fact]
    public async Task ReadAsync_ElementThatNeverEnds_IsRefusedWithItsMemoryBounded()
    {
        using var stream = new ForwardOnly(new MemoryStream([.. "{\"images\": [{\"id\": \""u8, .. Enumerable.Repeat((byte)'a', 17 << 20)]));

        var error = await Assert.ThrowsAsync<BadInputException>(() => CocoAnnotations.ReadAsync(stream, "a.json", CancellationToken.None));

        Assert.Contains("an element of over 16 MB", error.Message, StringComparison.Ordinal);
    }

    private static void Annotate(
        TemporaryDirectory directory, string name, (int Id, string File)[] images, (int Image, string Caption)[] captions) =>
        directory.Write(name, JsonSerializer.SerializeToUtf8Bytes(new
        {
            info = new { year = 2017 },
            images = images.Select(i => new { id = i.Id, file_name = i.File, height = 1 }),
            annotations = captions.Select((c, i) => new { id = i, image_id = c.Image, caption = c.Caption }),
        }));
}
