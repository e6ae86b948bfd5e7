using System.Formats.Tar;
using PgmCluster.Data.Artifacts;
using PgmCluster.Data.Blobs;
using PgmCluster.Data.Formats.Layouts;
using PgmCluster.Data.Manifests;
using static PgmCluster.Data.Tests.PyTorch.PickleScript;

namespace PgmCluster.Data.Tests.Formats;

/// <summary>Pickles as Python 2 wrote CIFAR's, of few pictures: what they hold is what the binary version of the same pictures holds.</summary>
public class CifarPythonFormatTests
{
    private static readonly string[] Names = ["airplane", "automobile", "bird"];

    [Theory]
    [InlineData(false, "")]
    [InlineData(true, "")]
    [InlineData(false, "cifar-10-python.tar.gz")]
    [InlineData(true, "cifar-10-python.tar.gz")]
    [InlineData(false, "cifar-10-python.tar")]
    public async Task Read_CifarTen_GivesWhatTheBinaryVersionGives(bool isByColumn, string archive)
    {
        using var directory = new TemporaryDirectory();
        using var binary = new TemporaryDirectory();
        var (train, test) = (Pixels(3, 1), Pixels(2, 2));
        Lay(directory, archive,
            ("cifar-10-batches-py/batches.meta", Meta("label_names")),
            ("cifar-10-batches-py/data_batch_1", Batch("labels", [2, 0, 1], train, isByColumn)),
            ("cifar-10-batches-py/test_batch", Batch("labels", [1, 1], test, isByColumn)));
        binary.Write("data_batch_1.bin", [2, .. train[..3072], 0, .. train[3072..6144], 1, .. train[6144..]]);
        binary.Write("test_batch.bin", [1, .. test[..3072], 1, .. test[3072..]]);

        var layout = await Shards.Layout(directory.Path);
        var (read, expected) = (await Shards.Read(directory.Path), await Shards.Read(binary.Path));

        Assert.Equal("cifar-python", layout.Format);
        Assert.Equal(["train", "validation"], layout.Shards.Select(s => s.Split));
        Assert.Equal(Names, layout.ClassNames);
        Assert.Equal(expected.Select(p => p.Label), read.Select(p => p.Label));
        Assert.Equal(expected.Select(p => Convert.ToHexString(p.Image.Pixels)), read.Select(p => Convert.ToHexString(p.Image.Pixels)));
    }

    [Fact]
    public async Task Read_CifarHundred_TakesTheFineLabels()
    {
        using var directory = new TemporaryDirectory();
        Lay(directory, "cifar-100-python.tar.gz",
            ("cifar-100-python/train", Batch("fine_labels", [2, 1], Pixels(2, 3), false)),
            ("cifar-100-python/meta", Meta("fine_label_names")),
            ("cifar-100-python/test", Batch("fine_labels", [0], Pixels(1, 4), false)));

        Assert.Equal(["2", "1", "0"], (await Shards.Read(directory.Path)).Select(p => p.Label));
        Assert.Equal(Names, (await Shards.Layout(directory.Path)).ClassNames);
    }

    [Theory]
    [InlineData(false, "")]
    [InlineData(true, "")]
    [InlineData(true, "cifar-10-python.tar.gz")]
    public async Task Read_AnyRange_GivesWhatTheWholeGives(bool isByColumn, string archive)
    {
        using var directory = new TemporaryDirectory();
        Lay(directory, archive, ("data_batch_1", Batch("labels", [0, 1, 2], Pixels(3, 1), isByColumn)));
        var (layout, index, blobs) = (await Shards.Layout(directory.Path), await Shards.Index(directory.Path),
            new DirectoryBlobs(directory.Path));
        for (var first = 0; first <= 3; first++)
        {
            for (var count = 0; first + count <= 3; count++)
            {
                var labels = new List<string>();
                await foreach (var picture in new CifarPythonFormat().ReadAsync(blobs, layout.Shards[0], index, first, count))
                    labels.Add(index.LabelTexts[picture.Label]);
                Assert.Equal(Enumerable.Range(first, count).Select(i => $"{i}"), labels);
            }
        }
    }

    [Fact]
    public async Task Register_Archive_MakesShardsThatDiffer()
    {
        using var directory = new TemporaryDirectory();
        using var artifacts = new TemporaryDirectory();
        Lay(directory, "cifar-10-python.tar.gz",
            ("data_batch_1", Batch("labels", [0, 1], Pixels(2, 1), false)), ("data_batch_2", Batch("labels", [1, 0], Pixels(2, 2), false)),
            ("test_batch", Batch("labels", [1], Pixels(1, 3), false)));

        var (manifest, _) = await DatasetIndexing.RegisterAsync(
            directory.Path, null, new SplitRequest(0, 0), 0, new DirectoryArtifactStore(artifacts.Path), CancellationToken.None);

        Assert.Equal(["train 4", "validation 1"], manifest.Splits.Select(s => $"{s.Name} {s.Count}"));
        Assert.Equal(3, manifest.Shards.Select(s => s.Sha256).Distinct().Count());
    }

    [Fact]
    public async Task Index_PickleThatRunsSomething_IsRefusedAndRunsNothing()
    {
        using var directory = new TemporaryDirectory();
        var mark = directory.File("was-run");
        directory.Write("data_batch_1", Join(new byte[] { 0x80, 2 }, "cposix\nsystem\n(", Text($"touch {mark}"), "tR."));

        var error = await Assert.ThrowsAsync<BadInputException>(() => Shards.Index(directory.Path));

        Assert.Contains("data_batch_1: it asks for the Python object 'posix.system'", error.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(mark));
    }

    [Theory]
    [InlineData("coarse_labels", 2, 2, 6144, "it has no list 'labels' or 'fine_labels'")]
    [InlineData("labels", 2, 3, 6144, "it holds 2 pictures and 3 labels")]
    [InlineData("labels", 2, 2, 6143, "its array 'data' is none of bytes [n, 3072]")]
    [InlineData("labels", 1_000_000_000, 2, 6144, "its array 'data' is none of bytes [n, 3072]")]
    public async Task Index_BatchThatContradictsItself_IsNamed(string labels, long rows, int count, int bytes, string found)
    {
        using var directory = new TemporaryDirectory();
        directory.Write("data_batch_1", Batch(labels, Enumerable.Range(0, count), new byte[bytes], false, rows));

        var error = await Assert.ThrowsAsync<BadInputException>(() => Shards.Index(directory.Path));

        Assert.Contains($"data_batch_1: {found}", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Index_BatchCutAnywhere_IsRefused()
    {
        using var directory = new TemporaryDirectory();
        var whole = Batch("labels", [1, 2], Pixels(2, 5), false);
        for (var length = 1; length < whole.Length; length += 97)
        {
            directory.Write("data_batch_1", whole[..length]);
            await Assert.ThrowsAsync<BadInputException>(() => Shards.Index(directory.Path));
        }
    }

    [Fact]
    public async Task Recognize_BothDatasetsInOneDirectory_AsksForOne()
    {
        using var directory = new TemporaryDirectory();
        directory.Write("cifar-10-batches-py/data_batch_1", Batch("labels", [0], Pixels(1, 1), false));
        directory.Write("cifar-100-python/train", Batch("fine_labels", [0], Pixels(1, 1), false));
        directory.Write("cifar-100-python/meta", Meta("fine_label_names"));

        var error = await Assert.ThrowsAsync<BadInputException>(() => Shards.Layout(directory.Path));

        Assert.Contains("several CIFAR datasets (cifar-10-batches-py/, cifar-100-python/)", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Recognize_FilesCalledTrainAndTestWithoutAList_AreNotCifar()
    {
        using var directory = new TemporaryDirectory();
        directory.Write("train", [1]);
        directory.Write("test", [1]);
        directory.Write("cats/0.png", Shards.Png(1));

        Assert.Equal("folder", (await Shards.Layout(directory.Path)).Format);
    }

    private static byte[] Pixels(int count, int seed)
    {
        var pixels = new byte[count * 3072];
        new Random(seed).NextBytes(pixels);
        return pixels;
    }

    private static byte[] Meta(string key) => Join(
        new byte[] { 0x80, 2 }, "}(", String(key), "](", Join([.. Names.Select(String)]), "eu.");

    /// <summary>What Python 2's cPickle writes of a dictionary with a list of numbers and an array of numpy.</summary>
    private static byte[] Batch(string labels, IEnumerable<int> numbers, byte[] pixels, bool isByColumn, long? rows = null)
    {
        var count = pixels.Length / 3072;
        var bytes = isByColumn ? [.. Enumerable.Range(0, pixels.Length).Select(i => pixels[i % count * 3072 + i / count])] : pixels;
        return Join(
            new byte[] { 0x80, 2 }, "}(", String("batch_label"), String("training batch 1 of 5"),
            String(labels), "](", Join([.. numbers.Select(n => new[] { (byte)'K', (byte)n })]), "e",
            String("data"), "cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\nK\0\u0085", String("b"), "tR(K\u0001",
            Number(rows ?? count), Number(3072), "\u0086cnumpy\ndtype\n(", String("u1"), "K\0K\u0001tR(K\u0003", String("|"), "NNNJ",
            new byte[] { 255, 255, 255, 255 }, "J", new byte[] { 255, 255, 255, 255 }, "K\0tb", isByColumn ? "\u0088" : "\u0089",
            "T", BitConverter.GetBytes(bytes.Length), bytes, "tb", String("filenames"), "](", String("a.png"), "eu.");
    }

    private static byte[] String(string text) => Join("U", new[] { (byte)text.Length }, text);

    private static void Lay(TemporaryDirectory directory, string archive, params (string Name, byte[] Content)[] files)
    {
        if (archive.Length == 0)
        {
            foreach (var (name, content) in files) directory.Write(name, content);
            return;
        }
        var tar = TarScannerTests.Archive(TarEntryFormat.Ustar, files);
        directory.Write(archive, archive.EndsWith("gz", StringComparison.Ordinal) ? Shards.Gzip(tar) : tar);
    }
}
