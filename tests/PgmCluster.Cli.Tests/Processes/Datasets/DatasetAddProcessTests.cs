using System.Text.Json;
using PgmCluster.Data.Images;
using PgmCluster.TestSupport;

namespace PgmCluster.Cli.Tests.Processes.Datasets;

/// <summary>What people bring, registered by the real program: what is taken, what is said, what is refused in one line.</summary>
[Trait("Category", "Process")]
public sealed class DatasetAddProcessTests(RunningSilo silo) : IClassFixture<RunningSilo>
{
    public static TheoryData<string> Formats => ["webdataset", "parquet", "folder", "imagenet", "coco", "cifar", "cifar-python", "stl10",
        "idx", "list"];

    [Theory]
    [MemberData(nameof(Formats))]
    public async Task Add_EveryFormat_IsRecognisedWithClassesAndSplits(string format)
    {
        var (directory, name) = silo.New();
        Make(format, directory);

        var info = await silo.AddAsync(name, directory);

        Assert.Equal(format, info.GetProperty("sourceKind").GetString());
        Assert.Equal([("train", 2), ("validation", 1)], Splits(info));
        Assert.StartsWith("datasets/", info.GetProperty("manifest").GetProperty("name").GetString(), StringComparison.Ordinal);
        var other = await silo.RefusedAsync($"{name}-x", directory, "--format", format == "idx" ? "cifar" : "idx");
        Assert.Contains("is not laid out as", other);
    }

    [Fact]
    public async Task Add_DirectoriesOfSplits_AreNoClasses()
    {
        var (directory, name) = silo.New();
        SourceFiles.Pngs(directory, "train/cat/1.png", "train/dog/1.png", "val/cat/1.png", "val/dog/1.png");

        var info = await silo.AddAsync(name, directory);

        Assert.Equal(["cat", "dog"], Classes(info));
        Assert.Equal([("train", 2), ("validation", 2)], Splits(info));
        var other = silo.New();
        Directory.Move(directory, Path.Combine(other.Directory, "imagenet"));
        Assert.Contains($"Give {other.Directory}/imagenet.", await silo.RefusedAsync(other.Name, other.Directory));
        SourceFiles.Pngs(other.Directory, "imagenet/more/cat/1.png");
        Assert.Contains(
            "beside the splits train, val it has pictures in more",
            await silo.RefusedAsync(other.Name, Path.Combine(other.Directory, "imagenet")));
    }

    [Fact]
    public async Task Add_BadPictures_AreAllNamedThenLeftOutOrMended()
    {
        var (directory, name) = silo.New();
        SourceFiles.Pngs(directory, "good/1.png", "mixed/1.png");
        SourceFiles.Write(directory, "mixed/2.jpg", "<!DOCTYPE html><html>403 Forbidden</html>");
        SourceFiles.Write(directory, "onlybad/1.jpg", "not a picture");
        SourceFiles.Write(directory, "onlybad/2.png", SourceFiles.Png()[..60]);

        var line = await silo.RefusedAsync(name, directory);
        Assert.All(["3 of 5 pictures", "mixed/2.jpg", "onlybad/1.jpg", "onlybad/2.png"], part => Assert.Contains(part, line));
        Assert.Contains("--bad-images 'skip'", await silo.RefusedAsync(name, directory, "--bad-images", "skip"));

        using (var left = await silo.RunAsync("dataset", "add", $"{name}-left", directory, "--bad-images", "skip:3"))
        {
            Assert.True(left.ExitCode == 0, left.ToString());
            Assert.Contains("3 images left out that cannot be read: mixed/2.jpg, onlybad/1.jpg, onlybad/2.png.", OneLine(left.Out));
            Assert.Contains("without any image: 'onlybad'", OneLine(left.Out));
        }
        SourceFiles.Write(directory, "onlybad/2.png", SourceFiles.Png(9));
        File.Delete(Path.Combine(directory, "onlybad/1.jpg"));
        File.Delete(Path.Combine(directory, "mixed/2.jpg"));
        Assert.Equal(3, (await silo.AddAsync(name, directory)).GetProperty("images").GetInt32());
    }

    [Fact]
    public async Task Add_FilesOfOtherKinds_AreCountedAloud()
    {
        var (directory, name) = silo.New();
        SourceFiles.Pngs(directory, "x/1.jpg", "x/2.PNG", "x/3.Png", "x/4.JPEG", "y/only.tiff");
        foreach (var other in new[] { "5.tif", "6.gif", "7.ppm", "8.jfif", "9.jpe", "10.avif" }) SourceFiles.Pngs(directory, $"x/{other}");

        Assert.Contains("'y' has no pictures", await silo.RefusedAsync(name, directory));
        Directory.Delete(Path.Combine(directory, "y"), recursive: true);
        using var run = await silo.RunAsync("dataset", "add", name, directory);

        Assert.True(run.ExitCode == 0, run.ToString());
        Assert.Contains("6 files left out: .avif 1, .gif 1, .jfif 1, .jpe 1, .ppm 1, .tif 1.", OneLine(run.Out));
    }

    [Fact]
    public async Task Add_NamesOfAllKinds_AreClassesAndThoseOutsideOfUtf8AreNamed()
    {
        var (directory, name) = silo.New();
        string[] classes = ["-dash", "Cat", new string('L', 200), "[red]x[bold]", "cat", "tench, Tinca tinca", "with space"];
        SourceFiles.Pngs(directory, classes.Select(c => $"{c}/1.png"));
        Assert.Equal(classes, Classes(await silo.AddAsync(name, directory)));

        foreach (var (made, where) in new[] { ("ok/caf\\xe9.png", "ok"), ("caf\\xe9/1.png", "") })
        {
            var (odd, other) = silo.New();
            SourceFiles.Pngs(odd, "ok/1.png");
            using (var shell = await PgmProcess.RunProgramAsync(
                "bash", "-c", $"f='{odd}'/$'{made}'; mkdir -p \"${{f%/*}}\" && cp '{odd}/ok/1.png' \"$f\""))
                Assert.True(shell.ExitCode == 0, shell.ToString());
            var line = await silo.RefusedAsync(other, odd);
            Assert.Contains(Path.Combine(odd, where).TrimEnd('/'), line);
            Assert.Contains("is not UTF-8", line);
        }
    }

    [Theory]
    [InlineData("train", new[] { 0, 1, 0, 1 }, new[] { "0", "1" })]
    [InlineData("train", new[] { 1, 2, 3, 1 }, new[] { "1", "2", "3" })]
    [InlineData("emnist-letters-train", new[] { 1, 26, 2, 1 }, new[] { "1", "2", "26" })]
    [InlineData("raw/train", new[] { 9, 4 }, new[] { "4", "9" })]
    public async Task Add_LabelsThatDoNotFillTheDigits_AreTheClasses(string pair, int[] labels, string[] expected)
    {
        var (directory, name) = silo.New();
        SourceFiles.Idx(directory, pair, labels);
        Assert.Equal(expected, Classes(await silo.AddAsync(name, directory)));
    }

    [Fact]
    public async Task Add_ListOfClasses_IsComparedWithTheLabels()
    {
        var (directory, name) = silo.New();
        SourceFiles.Idx(directory, "train", [0, 1, 2, 0]);
        SourceFiles.Write(directory, "classes.txt", "boot\nshoe\n");
        Assert.Contains("its list names 2 classes, and pictures are labelled 2", await silo.RefusedAsync(name, directory));

        SourceFiles.Write(directory, "classes.txt", "\uFEFFboot\r\n\r\nshoe\r\nsandal\r\nhat\r\n\r\n");
        using var run = await silo.RunAsync("dataset", "add", name, directory);

        Assert.True(run.ExitCode == 0, run.ToString());
        Assert.Contains("4: boot, shoe, sandal, hat", OneLine(run.Out));
        Assert.Contains("without any image: 'hat'", OneLine(run.Out));
    }

    [Fact]
    public async Task Add_FilesThatAreNoneOrInDirectoriesOfTheirNames_AreNamedOrTaken()
    {
        var (directory, name) = silo.New();
        foreach (var file in new[] { "train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz" })
            SourceFiles.Write(directory, file, "<!DOCTYPE html>");
        Assert.Contains("its gzip data are corrupt", await silo.RefusedAsync(name, directory));

        var (kaggle, other) = silo.New();
        SourceFiles.Idx(kaggle, "train", [0, 1, 1]);
        foreach (var file in new[] { "train-images-idx3-ubyte", "train-labels-idx1-ubyte" })
        {
            File.Move(Path.Combine(kaggle, file), Path.Combine(kaggle, "moved"));
            Directory.CreateDirectory(Path.Combine(kaggle, file));
            File.Move(Path.Combine(kaggle, "moved"), Path.Combine(kaggle, file, file));
        }
        Assert.Equal(3, (await silo.AddAsync(other, kaggle)).GetProperty("images").GetInt32());
    }

    [Fact]
    public async Task Add_TransparentPictures_AreSaidAndComposedOnABackgroundAsAnotherVersion()
    {
        var (directory, name) = silo.New();
        SourceFiles.Pngs(directory, "cat/1.png", "dog/1.png");
        var sticker = File.ReadAllBytes(Path.Combine(RepositoryRoot.Path, "tests/golden/pictures/png-rgba.png"));
        SourceFiles.Write(directory, "cat/sticker.png", sticker);

        using var plain = await silo.RunAsync("dataset", "add", name, directory);
        using var white = await silo.RunAsync("dataset", "add", name, directory, "--background", "white");
        using var again = await silo.RunAsync("dataset", "show", name);

        Assert.True(plain.ExitCode == 0 && white.ExitCode == 0, $"{plain}{white}");
        Assert.Contains("1 with transparency, 0 uniform after conversion", OneLine(plain.Out));
        Assert.Contains("1 with transparency, composed on #ffffff", OneLine(white.Out));
        Assert.Contains("version 2", OneLine(again.Out));
        Assert.Contains("no colour", await silo.RefusedAsync(name, directory, "--background", "wihte"));
    }

    [Fact]
    public async Task Show_Grid_DrawsTheSamePictureEachTimeAndNamesAFileThatChanged()
    {
        var (directory, name) = silo.New();
        SourceFiles.Pngs(directory, Enumerable.Range(0, 25).Select(i => $"{(i % 3 == 0 ? "cat" : "dog")}/{i}.png"));
        await silo.AddAsync(name, directory, "--validation", "5");
        var (first, second) = (Path.Combine(directory, "first.png"), Path.Combine(directory, "second.png"));

        foreach (var target in new[] { first, second })
        {
            using var run = await silo.RunAsync("dataset", "show", name, "--grid", target);
            Assert.True(run.ExitCode == 0, run.ToString());
        }

        var sheet = ImageDecoder.Decode(File.ReadAllBytes(first), "first");
        Assert.Equal(File.ReadAllBytes(first), File.ReadAllBytes(second));
        // Names, ten columns of 64 pixels, two rows, charts.
        Assert.True(sheet is { Width: > 800, Height: > 300 }, $"{sheet.Width}x{sheet.Height}");
        foreach (var file in Directory.EnumerateFiles(Path.Combine(directory, "cat"))) File.WriteAllBytes(file, SourceFiles.Png(200));
        using var changed = await silo.RunAsync("dataset", "show", name, "--grid", second);
        Assert.Equal(2, changed.ExitCode);
        Assert.Contains("the file has changed since it was registered", OneLine(changed.Error));
    }

    private static void Make(string format, string directory)
    {
        switch (format)
        {
            case "webdataset":
                SourceFiles.Write(directory, "set-train-0000.tar", SourceFiles.Tar(
                    ("a.png", SourceFiles.Png(1)), ("a.cls", "0"u8.ToArray()), ("b.png", SourceFiles.Png(2)), ("b.cls", "1"u8.ToArray())));
                SourceFiles.Write(
                    directory, "set-validation-0000.tar", SourceFiles.Tar(("c.png", SourceFiles.Png(3)), ("c.cls", "0"u8.ToArray())));
                break;
            case "folder":
                SourceFiles.Pngs(directory, "train/cat/deep/1.png", "train/dog/1.png", "val/cat/2.png");
                SourceFiles.Write(directory, "classes.txt", "dog\ncat\n");
                break;
            case "imagenet":
                SourceFiles.Pngs(
                    directory, "ILSVRC/Data/CLS-LOC/train/n01440764/1.png", "ILSVRC/Data/CLS-LOC/train/n01443537/2.png",
                    "ILSVRC/Data/CLS-LOC/val/ILSVRC2012_val_00000001.png");
                SourceFiles.Write(
                    directory, "LOC_val_solution.csv", "ImageId,PredictionString\nILSVRC2012_val_00000001,n01443537 1 2 3 4 \n");
                break;
            case "cifar":
                SourceFiles.Write(directory, "data_batch_1.bin", [0, .. new byte[3072], 1, .. Enumerable.Repeat((byte)7, 3072)]);
                SourceFiles.Write(directory, "test_batch.bin", [1, .. Enumerable.Repeat((byte)8, 3072)]);
                break;
            case "cifar-python":
                SourceFiles.Write(directory, "cifar-10-python.tar.gz", SourceFiles.Gzip(SourceFiles.Tar(
                    ("cifar-10-batches-py/data_batch_1", SourceFiles.CifarBatch(0, 1)),
                    ("cifar-10-batches-py/test_batch", SourceFiles.CifarBatch(1)))));
                break;
            case "coco":
                SourceFiles.Pngs(directory, "train2017/1.png", "train2017/2.png", "val2017/3.png");
                foreach (var (set, ids) in new[] { ("train2017", new[] { 1, 2 }), ("val2017", [3]) })
                {
                    SourceFiles.Write(directory, $"annotations/captions_{set}.json", JsonSerializer.Serialize(new
                    {
                        images = ids.Select(i => new { id = i, file_name = $"{i}.png" }),
                        annotations = ids.Select(i => new { image_id = i, caption = $"picture {i}" }),
                    }));
                }
                break;
            case "parquet":
                SourceFiles.Write(directory, "data/train-00000-of-00001.parquet", SourceFiles.Parquet(
                    (SourceFiles.Png(1), "cat"), (SourceFiles.Png(2), "dog")));
                SourceFiles.Write(directory, "data/validation-00000-of-00001.parquet", SourceFiles.Parquet((SourceFiles.Png(3), "cat")));
                break;
            case "stl10":
                SourceFiles.Write(directory, "train_X.bin", [.. new byte[27648], .. Enumerable.Repeat((byte)7, 27648)]);
                SourceFiles.Write(directory, "train_y.bin", [1, 2]);
                SourceFiles.Write(directory, "test_X.bin", [.. Enumerable.Repeat((byte)8, 27648)]);
                SourceFiles.Write(directory, "test_y.bin", [1]);
                break;
            case "idx":
                SourceFiles.Idx(directory, "train", [0, 1]);
                SourceFiles.Idx(directory, "t10k", [1]);
                break;
            default:
                SourceFiles.Pngs(directory, "1.png", "2.png", "3.png");
                SourceFiles.Write(
                    directory, "metadata.csv", "file_name,label,split\n1.png,cat,train\n2.png,dog,train\n3.png,cat,validation\n");
                break;
        }
    }

    private static string OneLine(string text) => string.Join(' ', text.Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries));

    private static string[] Classes(JsonElement info) => [.. info.GetProperty("classNames").EnumerateArray().Select(c => c.GetString()!)];

    private static (string, int)[] Splits(JsonElement info) =>
        [.. info.GetProperty("splits").EnumerateArray().Select(s => (s.GetProperty("name").GetString()!,
            s.GetProperty("count").GetInt32()))];
}
