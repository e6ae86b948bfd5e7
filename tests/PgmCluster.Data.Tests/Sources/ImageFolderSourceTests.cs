using PgmCluster.Data.Images;
using PgmCluster.Data.Sources;
using PgmCluster.Data.Tests.Images;

namespace PgmCluster.Data.Tests.Sources;

public class ImageFolderSourceTests
{
    private static readonly byte[] Red = PngWriter.Encode(new RgbImage(1, 1, [255, 0, 0]));
    private static readonly byte[] Blue = PngWriter.Encode(new RgbImage(1, 1, [0, 0, 255]));

    [Fact]
    public void Open_ClassesAndPictures_AreInOrdinalOrder()
    {
        using var directory = new TemporaryDirectory();
        directory.Write("dog/b.PNG", Blue);
        directory.Write("dog/a.png", Red);
        directory.Write("Zebra/sub/x.jpeg", ImageTests.Encode(ImageTests.Noise(9, 8), SkiaSharp.SKEncodedImageFormat.Jpeg));
        directory.Write("dog/notes.txt", [1]);
        directory.Write("dog/.hidden.png", Red);
        directory.Write(".cache/x.png", Red);

        using var source = ImageSources.Open(directory.Path);

        Assert.Equal(("folder", 3), (source.Kind, source.Count));
        Assert.Equal(["Zebra", "dog"], source.ClassNames);
        Assert.Equal([0, 1, 1], Enumerable.Range(0, 3).Select(source.Label));
        Assert.Equal(9, source.Read(0).Width);
        Assert.Equal([255, 0, 0], source.Read(1).Pixels);
        Assert.Equal([0, 0, 255], source.Read(2).Pixels);
    }

    [Fact]
    public void Open_LitterAndOtherFiles_AreIgnoredAndCounted()
    {
        using var directory = new TemporaryDirectory();
        directory.Write("cat/1.png", Red);
        directory.Write("dog/1.png", Blue);
        directory.Write("dog/@eaDir/1.png", Blue);
        directory.Write("cat/._1.png", [0]);
        directory.Write("cat/Thumbs.db", [0]);
        directory.Write(".ipynb_checkpoints/1.png", Red);
        directory.Write("__MACOSX/._cat.png", [0]);
        directory.Write("@eaDir/x.txt", [0]);
        Directory.CreateDirectory(directory.File("lost+found"));
        directory.Write("cat/2.tif", [0]);
        directory.Write("dog/3.TIF", [0]);
        directory.Write("dog/notes", [0]);

        using var source = ImageSources.Open(directory.Path);

        Assert.Equal((2, "cat dog"), (source.Count, string.Join(' ', source.ClassNames)));
        Assert.Equal([("", 1), (".tif", 2)], source.LeftOut.Select(l => (l.Key, l.Value)));
    }

    [Fact]
    public void Constructor_SeveralEmptyClasses_AllAreNamed()
    {
        using var directory = new TemporaryDirectory();
        directory.Write("cat/1.png", Red);
        directory.Write("dog/1.tif", [0]);
        Directory.CreateDirectory(directory.File("cow"));
        Assert.Contains("'cow', 'dog' have no pictures", Refusal(directory.Path));
    }

    [Fact]
    public async Task Read_ManyThreads_GiveTheSamePictures()
    {
        using var directory = new TemporaryDirectory();
        var images = Enumerable.Range(0, 6).Select(i => ImageTests.Noise(20 + i, 30, i)).ToList();
        for (var i = 0; i < images.Count; i++) directory.Write($"c/{i}.png", PngWriter.Encode(images[i]));
        using var source = new ImageFolderSource(directory.Path);

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            for (var i = 0; i < 120; i++) Assert.Equal(images[i % 6].Pixels, source.Read(i % 6).Pixels);
        })));
    }

    [Fact]
    public void Open_NothingUseful_TellsWhatWasFound()
    {
        using var directory = new TemporaryDirectory();
        AssertBad(directory.Path, "an empty directory");
        directory.Write("readme.md", [1]);
        AssertBad(directory.Path, "found readme.md");
        Directory.CreateDirectory(directory.File("empty"));
        AssertBad(directory.Path, "found empty, readme.md");
        for (var i = 0; i < 9; i++) directory.Write($"part{i}", [1]);
        AssertBad(directory.Path, "and 6 more");
    }

    [Fact]
    public void Constructor_NoDirectoryClassesOrPictures_SaysWhich()
    {
        using var directory = new TemporaryDirectory();
        Assert.Contains("no such directory", Refusal(directory.File("none")));
        Assert.Contains("no sub-directories", Refusal(directory.Path));
        directory.Write("cat/x.png", Red);
        Directory.CreateDirectory(directory.File("dog"));
        Assert.Contains("'dog' has no pictures", Refusal(directory.Path));
    }

    [Fact]
    public void Read_BrokenOrGonePicture_NamesIt()
    {
        using var directory = new TemporaryDirectory();
        directory.Write("cat/a.png", Red[..20]);
        directory.Write("cat/b.png", []);
        directory.Write("cat/c.png", Red);
        using var source = new ImageFolderSource(directory.Path);
        File.Delete(directory.File("cat/c.png"));

        for (var i = 0; i < 3; i++)
            Assert.Contains(directory.File($"cat/{"abc"[i]}.png"), Assert.Throws<BadInputException>(() => source.Read(i)).Message);
    }

    [Fact]
    public void ContentSha256_SameContentElsewhere_IsEqualAndNoticesChanges()
    {
        using var one = new TemporaryDirectory();
        using var other = new TemporaryDirectory();
        foreach (var directory in new[] { one, other })
        {
            directory.Write("cat/a.png", Red);
            directory.Write("dog/b.png", Blue);
        }
        var hash = Hash(one);

        Assert.Equal(hash, Hash(other));
        other.Write("dog/b.png", Red);
        Assert.NotEqual(hash, Hash(other));
        other.Write("dog/b.png", Blue);
        Assert.Equal(hash, Hash(other));
        File.Move(other.File("dog/b.png"), other.File("dog/c.png"));
        Assert.NotEqual(hash, Hash(other));
    }

    private static string Hash(TemporaryDirectory directory)
    {
        using var source = new ImageFolderSource(directory.Path);
        return source.ContentSha256();
    }

    private static string Refusal(string path) => Assert.Throws<BadInputException>(() => new ImageFolderSource(path)).Message;

    private static void AssertBad(string location, string expected) =>
        Assert.Contains(expected, Assert.Throws<BadInputException>(() => ImageSources.Open(location)).Message);
}
