using System.Formats.Tar;
using System.Text;
using PgmCluster.Data.Blobs;
using PgmCluster.Data.Formats;
using PgmCluster.Data.Formats.Layouts;

namespace PgmCluster.Data.Tests.Formats;

public class WebDatasetFormatTests
{
    private static byte[] Text(string text) => Encoding.UTF8.GetBytes(text);

    [Theory]
    [InlineData(".tar")]
    [InlineData(".tar.gz")]
    public async Task Read_PicturesAndLabels_ComeInTheOrderOfTheArchive(string extension)
    {
        using var directory = new TemporaryDirectory();
        Write(
            directory, "train-0000" + extension, ("b/0.png", Shards.Png(10)), ("b/0.cls", Text("7\n")), ("a/1.cls", Text("207")),
            ("a/1.jpg", Shards.Jpeg(1)));
        Write(
            directory, "train-0001" + extension,
            ("2.webp", Images.ImageTests.Encode(Images.ImageTests.Noise(5, 4), SkiaSharp.SKEncodedImageFormat.Webp)), ("2.cls", Text("7")));

        var pictures = await Shards.Read(directory.Path);

        Assert.Equal([("b/0", "7"), ("a/1", "207"), ("2", "7")], pictures.Select(p => (p.Key, p.Label)));
        Assert.Equal(10, pictures[0].Image.Pixels[0]);
        Assert.Equal((17, 16), (pictures[1].Image.Width, pictures[1].Image.Height));
    }

    [Fact]
    public async Task Index_LabelsInJsonAndTxt_AreTakenWhereNoClsIs()
    {
        using var directory = new TemporaryDirectory();
        Write(directory, "a.tar",
            ("0.png", Shards.Png(1)), ("0.json", Text("{\"filename\": \"x\", \"label\": 3}")),
            ("1.png", Shards.Png(2)), ("1.txt", Text("4")),
            ("2.png", Shards.Png(3)), ("2.txt", Text("a photograph of 5 dogs")),
            ("3.txt", Text("9")), ("3.json", Text("{\"cls\": \"8\"}")), ("3.cls", Text("007")), ("3.png", Shards.Png(4)),
            ("4.png", Shards.Png(5)), ("4.cls", Text("tench, Tinca tinca")));

        var index = await Shards.Index(directory.Path);

        Assert.Equal(["3", "4", null, "7", "tench, Tinca tinca"], index.Labels.Select(l => l < 0 ? null : index.LabelTexts[l]));
    }

    [Fact]
    public async Task Recognize_ShardsOfSplits_AreTheSourcesOwn()
    {
        using var directory = new TemporaryDirectory();
        foreach (var name in new[] { "imagenet1k-train-0000.tar", "imagenet1k-train-0001.tar", "imagenet1k-validation-00.tar" })
            Write(directory, name, ("0.png", Shards.Png(1)));
        directory.Write("README.md", [1]);
        directory.Write("classes.txt", Text("tench\ngoldfish\n"));

        var layout = await Shards.Layout(directory.Path);

        Assert.Equal("webdataset", layout.Format);
        Assert.Equal(["train", "train", "validation"], layout.Shards.Select(s => s.Split));
        Assert.Equal(["tench", "goldfish"], layout.ClassNames);
        Assert.Equal([(".md", 1)], layout.LeftOut.Select(l => (l.Key, l.Value)));
    }

    [Fact]
    public async Task Index_MembersThatAreNoPictures_AreSkipped()
    {
        using var directory = new TemporaryDirectory();
        Write(directory, "a.tar",
            ("./0.png", Shards.Png(1)), ("./._0.png", [0, 5, 22, 7]), ("__MACOSX/0.png", Shards.Png(9)), ("0.cls", Text("1")),
            ("0.seg.png", Shards.Png(8)),
            ("inner.tar", TarScannerTests.Archive(TarEntryFormat.Ustar, ("9.png", Shards.Png(9)))), ("../../etc/1.png", Shards.Png(2)),
            ("/abs/2.png", Shards.Png(3)));

        var index = await Shards.Index(directory.Path);

        Assert.Equal(["0", "../../etc/1", "/abs/2"], index.Keys);
        Assert.Equal("1", index.LabelTexts[index.Labels[0]]);
        Assert.Empty(index.Unreadable);
        Assert.Equal([(".png", 1), (".tar", 1)], index.LeftOut.Select(l => (l.Key, l.Value)));
    }

    [Fact]
    public async Task Index_MembersThatAreLeftOut_AreCountedByWhatTheyAre()
    {
        using var directory = new TemporaryDirectory();
        using var links = new MemoryStream();
        using (var writer = new TarWriter(links, TarEntryFormat.Pax, leaveOpen: true))
        {
            writer.WriteEntry(new PaxTarEntry(TarEntryType.Directory, "d/"));
            writer.WriteEntry(new PaxTarEntry(TarEntryType.SymbolicLink, "9.png") { LinkName = "0.png" });
            writer.WriteEntry(new PaxTarEntry(TarEntryType.Fifo, "pipe"));
        }
        var archive = TarScannerTests.Archive(
            TarEntryFormat.Pax, ("0.png", Shards.Png(1)), ("0.jpg", Shards.Jpeg(1)), ("1.gif", [1]), ("1.cls", Text("3")), ("2.gif", [1]),
            ("3.avif", [1]), ("README", [1]));
        // The two empty blocks that end an archive go.
        directory.Write("a.tar", [.. TarScannerTests.Header("s.png", 'S', 0), .. links.ToArray()[..^1024], .. archive]);

        var index = await Shards.Index(directory.Path);
        using (var file = File.Create(directory.File("index"))) index.WriteTo(file);

        Assert.Equal(["0"], index.Keys);
        (string, int)[] expected =
        [
            ("", 1), (".avif", 1), (".gif", 2), ("labels without a picture", 1), ("links", 1), ("members of other kinds", 1),
            ("second pictures of a sample", 1), ("sparse files", 1),
        ];
        Assert.Equal(expected, index.LeftOut.Select(l => (l.Key, l.Value)));
        Assert.Equal(expected, ShardIndex.Read(directory.File("index")).LeftOut.Select(l => (l.Key, l.Value)));
    }

    [Fact]
    public async Task Index_BrokenPictures_AreListedAndTheRestIsThere()
    {
        using var directory = new TemporaryDirectory();
        Write(directory, "a.tar",
            ("0.png", Shards.Png(1)), ("1.jpg", Text("<!DOCTYPE html>")), ("2.png", Shards.Png(3)[..40]), ("3.png", []),
            ("4.png", Shards.Png(5)), ("4.cls", Text("2")));

        var index = await Shards.Index(directory.Path);

        Assert.Equal(["0", "4"], index.Keys);
        Assert.Equal(["1", "2", "3"], index.Unreadable.Select(u => u.Key));
        Assert.All(index.Unreadable, u => Assert.NotEmpty(u.Reason));
    }

    [Theory]
    [InlineData("0.png", "it is there twice")]
    [InlineData("0.cls", "it is empty")]
    [InlineData("0.json", "it is no JSON")]
    public async Task Index_MemberThatMakesNoSense_IsNamedWithItsArchive(string member, string found)
    {
        using var directory = new TemporaryDirectory();
        var content = member.EndsWith("png", StringComparison.Ordinal)
            ? Shards.Png(1)
            : Text(member.EndsWith("json", StringComparison.Ordinal) ? "{" : " ");
        Write(directory, "shard-7.tar", ("0.png", Shards.Png(1)), (member, content));

        var error = await Assert.ThrowsAsync<BadInputException>(() => Shards.Index(directory.Path));

        Assert.Contains($"shard-7.tar, member {member}: {found}", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Index_GzipIsCutOrChanged_IsRefused()
    {
        using var directory = new TemporaryDirectory();
        Write(directory, "a.tar.gz", ("0.jpg", Shards.Jpeg(3, 64)), ("0.cls", Text("1")));
        var whole = File.ReadAllBytes(directory.File("a.tar.gz"));
        var half = whole.Length / 2;
        foreach (var changed in new[] { whole[..half], whole[..^9], [.. whole[..half], (byte)(whole[half] ^ 1), .. whole[(half + 1)..]] })
        {
            directory.Write("a.tar.gz", changed);
            await Assert.ThrowsAsync<BadInputException>(() => Shards.Index(directory.Path));
        }
    }

    [Fact]
    public async Task Read_ArchiveChangedSinceItWasIndexed_NamesIt()
    {
        using var directory = new TemporaryDirectory();
        Write(directory, "a.tar", ("0.png", Shards.Png(1)), ("1.png", Shards.Png(2)));
        var (layout, index, blobs) = (await Shards.Layout(directory.Path), await Shards.Index(directory.Path),
            new DirectoryBlobs(directory.Path));
        Write(directory, "a.tar", ("0.png", Shards.Png(1)), ("1.png", Shards.Png(3)));

        var read = new List<string>();
        var error = await Assert.ThrowsAsync<BadInputException>(async () =>
        {
            await foreach (var picture in new WebDatasetFormat().ReadAsync(blobs, layout.Shards[0], index, 0, 2)) read.Add(picture.Key);
        });

        Assert.Equal(["0"], read);
        Assert.Contains("a.tar: the file has changed since it was registered", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(".tar")]
    [InlineData(".tgz")]
    public async Task Read_AnyRange_GivesWhatTheWholeGives(string extension)
    {
        using var directory = new TemporaryDirectory();
        Write(directory, "a" + extension, [.. Enumerable.Range(0, 9).Select(i => ($"{i}.png", Shards.Png((byte)i)))]);
        var (layout, index, blobs) = (await Shards.Layout(directory.Path), await Shards.Index(directory.Path),
            new DirectoryBlobs(directory.Path));
        for (var first = 0; first <= 9; first++)
        {
            for (var count = 0; first + count <= 9; count++)
            {
                var keys = new List<string>();
                await foreach (var picture in new WebDatasetFormat().ReadAsync(blobs, layout.Shards[0], index, first, count))
                    keys.Add(picture.Key);
                Assert.Equal(Enumerable.Range(first, count).Select(i => $"{i}"), keys);
            }
        }
    }

    [Fact]
    public async Task WriteTo_IndexAndBack_IsTheSame()
    {
        using var directory = new TemporaryDirectory();
        Write(directory, "a.tar", ("0.png", Shards.Png(1)), ("0.cls", Text("x")), ("1.jpg", Shards.Jpeg(2)), ("2.jpg", Text("no")));
        var index = await Shards.Index(directory.Path);
        using (var file = File.Create(directory.File("index"))) index.WriteTo(file);

        var read = ShardIndex.Read(directory.File("index"));

        Assert.Equal(index.Keys, read.Keys);
        Assert.Equal(index.Labels, read.Labels);
        Assert.Equal(index.LabelTexts, read.LabelTexts);
        Assert.Equal(index.Unreadable, read.Unreadable);
        for (var i = 0; i < index.Count; i++)
        {
            Assert.Equal((index.Place(i), index.Size(i)), (read.Place(i), read.Size(i)));
            Assert.True(index.Stored(i).SequenceEqual(read.Stored(i)) && index.Content(i).SequenceEqual(read.Content(i)));
        }
        Assert.Equal(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(directory.File("a.tar"))), read.FileHash(0).ToArray());
    }

    private static void Write(TemporaryDirectory directory, string name, params (string, byte[])[] members)
    {
        var archive = TarScannerTests.Archive(TarEntryFormat.Pax, members);
        directory.Write(name, name.EndsWith("gz", StringComparison.Ordinal) ? Shards.Gzip(archive) : archive);
    }
}
