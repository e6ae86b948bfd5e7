using System.Buffers.Binary;
using System.Text;

namespace PgmCluster.Data.Tests.Formats;

/// <summary>Formats of bare pixels: what they hold is what a PNG of the same pixels holds.</summary>
public class RawFormatsTests
{
    [Theory]
    [InlineData(1, "data_batch_1.bin", "test_batch.bin", "batches.meta.txt")]
    [InlineData(2, "train.bin", "test.bin", "fine_label_names.txt")]
    public async Task Read_Cifar_GivesColoursLabelsAndSplits(int labels, string train, string test, string names)
    {
        using var directory = new TemporaryDirectory();
        var random = new Random(1);
        var records = new byte[3][];
        for (var i = 0; i < 3; i++)
        {
            random.NextBytes(records[i] = new byte[labels + 3072]);
            records[i][labels - 1] = (byte)(5 + i);
        }
        directory.Write(train, [.. records[0], .. records[1]]);
        directory.Write(test, records[2]);
        directory.Write(names, Encoding.UTF8.GetBytes("a\nb\nc\nd\ne\nf\ng\nh\n\n"));
        directory.Write("readme.html", [1]);

        var layout = await Shards.Layout(directory.Path);
        var pictures = await Shards.Read(directory.Path);

        Assert.Equal(["train", "validation"], layout.Shards.Select(s => s.Split));
        Assert.Equal(8, layout.ClassNames!.Count);
        Assert.Equal([(".html", 1)], layout.LeftOut.Select(l => (l.Key, l.Value)));
        Assert.Equal(["5", "6", "7"], pictures.Select(p => p.Label));
        for (var i = 0; i < 3; i++)
        {
            var planes = records[i].AsSpan(labels);
            for (var at = 0; at < 1024; at++)
                Assert.Equal([planes[at], planes[1024 + at], planes[2048 + at]], pictures[i].Image.Pixels[(3 * at)..(3 * at + 3)]);
        }
    }

    [Fact]
    public async Task Read_Stl10_ColumnsBecomeRowsAndLabelsCountFromZero()
    {
        using var directory = new TemporaryDirectory();
        var pictures = new byte[2 * 27648];
        new Random(2).NextBytes(pictures);
        directory.Write("train_X.bin", pictures);
        directory.Write("train_y.bin", [10, 1]);
        directory.Write("unlabeled_X.bin", pictures[..27648]);
        directory.Write("fold_indices.txt", [1]);

        var layout = await Shards.Layout(directory.Path);
        var read = await Shards.Read(directory.Path);

        Assert.Equal(["train", "unlabeled"], layout.Shards.Select(s => s.Split));
        Assert.Equal([(".txt", 1)], layout.LeftOut.Select(l => (l.Key, l.Value)));
        Assert.Equal(["9", "0", null], read.Select(p => p.Label));
        foreach (var (x, y) in new[] { (0, 0), (95, 0), (0, 95), (17, 60) })
            Assert.Equal(
                [pictures[27648 + x * 96 + y], pictures[27648 + 9216 + x * 96 + y], pictures[27648 + 18432 + x * 96 + y]],
                read[1].Image.Row(y)[(3 * x)..(3 * x + 3)].ToArray());
    }

    [Theory]
    [InlineData("train-images-idx3-ubyte", "train-labels-idx1-ubyte", "train")]
    [InlineData("emnist-letters-test-images-idx3-ubyte.gz", "emnist-letters-test-labels-idx1-ubyte", "validation")]
    [InlineData("t10k-images.idx3-ubyte", "t10k-labels.idx1-ubyte.gz", "validation")]
    [InlineData("raw/images-of-mine-images-idx3-ubyte.gz", "raw/images-of-mine-labels-idx1-ubyte.gz", null)]
    public async Task Read_Idx_PlainOrGzippedUnderAllItsNames(string images, string labels, string? split)
    {
        using var directory = new TemporaryDirectory();
        var gray = Enumerable.Range(0, 2 * 3 * 5).Select(i => (byte)(i * 7)).ToArray();
        Write(directory, images, Idx([2, 3, 5], gray));
        Write(directory, labels, Idx([2], [26, 1]));

        var read = await Shards.Read(directory.Path);

        Assert.Equal(split, Assert.Single((await Shards.Layout(directory.Path)).Shards).Split);
        Assert.Equal(["26", "1"], read.Select(p => p.Label));
        Assert.Equal((5, 3), (read[1].Image.Width, read[1].Image.Height));
        Assert.Equal(gray.AsSpan(15).ToArray().SelectMany(g => new[] { g, g, g }), read[1].Image.Pixels);
    }

    [Theory]
    [InlineData(
        "3 datasets (emnist-balanced, emnist-letters, emnist-mnist)", "emnist-balanced-train", "emnist-balanced-test",
        "emnist-letters-train", "emnist-mnist-test")]
    [InlineData("2 datasets (FashionMNIST/raw, MNIST/raw)", "MNIST/raw/train", "MNIST/raw/t10k", "FashionMNIST/raw/train")]
    [InlineData("2 datasets (t10k and train, emnist-digits)", "emnist-digits-train", "t10k", "train")]
    [InlineData(null, "emnist-letters-train", "emnist-letters-test")]
    [InlineData(null, "train/mnist-train", "test/mnist-test")]
    [InlineData(null, "train", "t10k", "extra", "more")]
    [InlineData(null, "part0", "part1")]
    public async Task Recognize_IdxPairsOfSeveralDatasets_AreRefusedByName(string? found, params string[] pairs)
    {
        using var directory = new TemporaryDirectory();
        foreach (var pair in pairs)
        {
            Write(directory, $"{pair}-images-idx3-ubyte", Idx([1, 1, 1], [1]));
            Write(directory, $"{pair}-labels-idx1-ubyte", Idx([1], [1]));
        }

        if (found is null)
        {
            Assert.Equal(pairs.Length, (await Shards.Layout(directory.Path)).Shards.Count);
            return;
        }
        var error = await Assert.ThrowsAsync<BadInputException>(() => Shards.Layout(directory.Path));
        Assert.Contains(found, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Index_IdxPairThatDoesNotFit_IsRefused()
    {
        using var directory = new TemporaryDirectory();
        Write(directory, "train-images-idx3-ubyte", Idx([2, 1, 1], [1, 2]));
        await Refused("of 'train' it has train-images-idx3-ubyte");
        Write(directory, "train-labels-idx1-ubyte", Idx([3], [1, 2, 3]));
        await Refused("holds 2 images, train-labels-idx1-ubyte 3 labels");
        Write(directory, "train-labels-idx1-ubyte", Idx([2], [1]));
        await Refused("it is truncated");
        Write(directory, "train-labels-idx1-ubyte", Idx([2], [1, 2, 3]));
        await Refused("it goes on after what its header announces");

        async Task Refused(string found) => Assert.Contains(
            found, (await Assert.ThrowsAsync<BadInputException>(() => Shards.Index(directory.Path))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Index_PicturesInEveryLayout_HaveOneIdentity()
    {
        using var directory = new TemporaryDirectory();
        Write(directory, "idx/train-images-idx3-ubyte", Idx([1, 3, 2], [9, 9, 9, 9, 9, 9]));
        Write(directory, "idx/train-labels-idx1-ubyte", Idx([1], [0]));
        directory.Write("folder/cat/1.png", Shards.Png(9, 9, 9, width: 2, height: 3));

        var (idx, folder) = (await Shards.Index(directory.File("idx")), await Shards.Index(directory.File("folder")));

        Assert.True(idx.Content(0).SequenceEqual(folder.Content(0)));
    }

    private static byte[] Idx(int[] shape, byte[] content)
    {
        var bytes = new byte[4 + 4 * shape.Length];
        (bytes[2], bytes[3]) = (8, (byte)shape.Length);
        for (var i = 0; i < shape.Length; i++) BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(4 + 4 * i), shape[i]);
        return [.. bytes, .. content];
    }

    private static void Write(TemporaryDirectory directory, string name, byte[] content) =>
        directory.Write(name, name.EndsWith(".gz", StringComparison.Ordinal) ? Shards.Gzip(content) : content);
}
