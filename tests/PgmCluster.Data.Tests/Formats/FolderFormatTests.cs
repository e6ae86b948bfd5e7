using PgmCluster.Data.Blobs;
using PgmCluster.Data.Formats;
using PgmCluster.Data.Formats.Layouts;

namespace PgmCluster.Data.Tests.Formats;

public class FolderFormatTests
{
    [Fact]
    public async Task Read_ClassesAndNestedPictures_AreInOrdinalOrder()
    {
        using var directory = new TemporaryDirectory();
        directory.Write("dog/b.PNG", Shards.Png(2));
        directory.Write("dog/a.png", Shards.Png(1));
        directory.Write("Zebra/sub/x.jpeg", Shards.Jpeg(0));
        directory.Write("dog/notes.txt", [1]);
        directory.Write("cover.png", Shards.Png(4));

        var read = await Shards.Read(directory.Path);

        Assert.Equal([("Zebra/sub/x.jpeg", "Zebra"), ("dog/a.png", "dog"), ("dog/b.PNG", "dog")], read.Select(p => (p.Key, p.Label)));
        Assert.Equal([(".png", 1), (".txt", 1)], (await Shards.Layout(directory.Path)).LeftOut.Select(l => (l.Key, l.Value)));
    }

    [Fact]
    public async Task Recognize_DirectoriesOfSplits_AreSplitsAndNoClasses()
    {
        using var directory = new TemporaryDirectory();
        foreach (var name in new[] { "train/cat/1.png", "train/dog/1.png", "val/cat/2.png" }) directory.Write(name, Shards.Png(1));

        var layout = await Shards.Layout(directory.Path);

        Assert.Equal(["train", "validation"], layout.Shards.Select(s => s.Split));
        Assert.Equal(["cat", "dog", "cat"], (await Shards.Read(directory.Path)).Select(p => p.Label));
    }

    [Fact]
    public async Task Recognize_ClassesNamedLikeSplits_StayClasses()
    {
        using var directory = new TemporaryDirectory();
        foreach (var name in new[] { "train/1.png", "test/1.png" }) directory.Write(name, Shards.Png(1));

        Assert.Equal(["test", "train"], (await Shards.Read(directory.Path)).Select(p => p.Label));
    }

    [Theory]
    [InlineData(
        "pictures of the split 'train', such as train/stray.png, lie in no directory", "train/cat/1.png", "train/stray.png",
        "val/cat/2.png")]
    [InlineData("pictures of the split 'val', such as val/2.png, lie in no directory", "train/cat/1.png", "val/2.png")]
    [InlineData("pictures of the split 'test', such as test/3.png, lie in no directory", "test/cat/2.png", "test/3.png")]
    [InlineData("pictures of the split 'train', such as train/1.png, lie in no directory", "train/1.png", "test/cat/2.png")]
    [InlineData("beside the split train it has pictures in extra", "train/cat/1.png", "extra/2.png")]
    [InlineData("beside the splits test, val it has pictures in cat", "val/cat/1.png", "test/cat/2.png", "cat/3.png")]
    [InlineData("val and valid are both the split 'validation'", "val/cat/1.png", "valid/cat/2.png")]
    [InlineData(
        "the validation split has pictures of 'dog', for which the training split has none", "train/cat/1.png", "val/cat/2.png",
        "val/dog/3.png")]
    [InlineData("its one directory 'photos' holds splits and no classes", "photos/val/cat/1.png", "photos/test/cat/2.png")]
    public async Task Recognize_SplitsThatSomethingIsWrongWith_AreRefusedAndNoClasses(string found, params string[] names)
    {
        using var directory = new TemporaryDirectory();
        foreach (var name in names) directory.Write(name, Shards.Png(1));

        var error = await Assert.ThrowsAsync<BadInputException>(() => Shards.Layout(directory.Path));

        Assert.Contains(found, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(new[] { "validation", "test" }, "val/cat/1.png", "test/cat/2.png")]
    [InlineData(new[] { "validation" }, "dev/cat/1.png")]
    [InlineData(new[] { "train", "test" }, "training/cat/1.png", "test/2.png")]
    public async Task Recognize_SomeOfTheSplits_AreSplitsAndNoClasses(string[] splits, params string[] names)
    {
        using var directory = new TemporaryDirectory();
        foreach (var name in names) directory.Write(name, Shards.Png(1));

        Assert.Equal(splits, (await Shards.Layout(directory.Path)).Shards.Select(s => s.Split));
        Assert.All(await Shards.Read(directory.Path), p => Assert.True(p.Label is "cat" or null));
    }

    [Fact]
    public async Task Recognize_ManyPictures_AreShardsOfFixedRuns()
    {
        using var directory = new TemporaryDirectory();
        var png = Shards.Png(1, width: 1, height: 1);
        for (var i = 0; i < PictureFiles.ShardLength + 5; i++) directory.Write($"{(i % 2 == 0 ? "a" : "b")}/{i:d5}.png", png);

        var shards = (await Shards.Layout(directory.Path)).Shards;

        Assert.Equal([PictureFiles.ShardLength, 5], shards.Select(s => s.Files.Count));
        Assert.Equal("a/00000.png", shards[0].Name);
        Assert.Equal(5, (await Shards.Index(directory.Path, 1)).Count);
    }

    [Fact]
    public async Task Recognize_ListOfClasses_GivesTheirOrderAndRefusesOthers()
    {
        using var directory = new TemporaryDirectory();
        directory.Write("cat/1.png", Shards.Png(1));
        directory.Write("dog/1.png", Shards.Png(1));
        directory.Write("classes.txt", "dog\ncat\nunicorn\n"u8.ToArray());
        Assert.Equal(["dog", "cat", "unicorn"], (await Shards.Layout(directory.Path)).ClassNames);

        directory.Write("classes.txt", "dog\n"u8.ToArray());
        var error = await Assert.ThrowsAsync<BadInputException>(() => Shards.Layout(directory.Path));
        Assert.Contains("classes.txt lists 1 classes, and not cat", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Recognize_ClassesWithoutPictures_AreAllNamed()
    {
        using var directory = new TemporaryDirectory();
        directory.Write("cat/1.png", Shards.Png(1));
        directory.Write("dog/1.tif", [0]);
        directory.Write("bird/notes", [0]);

        var error = await Assert.ThrowsAsync<BadInputException>(() => Shards.Layout(directory.Path));

        Assert.Contains("'bird', 'dog' have no pictures", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Recognize_NothingThatIsKnown_SaysWhatIsThere()
    {
        using var directory = new TemporaryDirectory();
        directory.Write("report.pdf", [0]);

        var error = await Assert.ThrowsAsync<BadInputException>(() => Shards.Layout(directory.Path));

        Assert.Contains("found report.pdf, which is not laid out as idx or ", error.Message, StringComparison.Ordinal);
        Assert.Contains(
            "There is no format 'zip'", (await Assert.ThrowsAsync<BadInputException>(() => Shards.Layout(directory.Path, "zip"))).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Read_PictureChangedOrGone_IsNamed()
    {
        using var directory = new TemporaryDirectory();
        directory.Write("cat/1.png", Shards.Png(1));
        var (layout, index, blobs) = (await Shards.Layout(directory.Path), await Shards.Index(directory.Path),
            new DirectoryBlobs(directory.Path));

        directory.Write("cat/1.png", Shards.Png(2));
        await Named("the file has changed since it was registered");
        File.Delete(directory.File("cat/1.png"));
        await Named("must not change while they are in use");

        async Task Named(string found)
        {
            var error = await Assert.ThrowsAsync<BadInputException>(async () =>
            {
                await foreach (var _ in new FolderFormat().ReadAsync(blobs, layout.Shards[0], index, 0, 1)) { }
            });
            Assert.Contains("cat/1.png", error.Message, StringComparison.Ordinal);
            Assert.Contains(found, error.Message, StringComparison.Ordinal);
        }
    }
}
