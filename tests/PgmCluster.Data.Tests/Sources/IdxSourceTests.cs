using System.Buffers.Binary;
using System.IO.Compression;
using System.Security.Cryptography;
using PgmCluster.Data.Sources;
using PgmCluster.TestSupport;

namespace PgmCluster.Data.Tests.Sources;

public class IdxSourceTests
{
    private const string Images = "t10k-images-idx3-ubyte";
    private const string Labels = "t10k-labels-idx1-ubyte";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Read_PlainOrGzipped_RepeatsGray(bool gzip)
    {
        using var directory = Dataset("t10k", gzip, [3, 9], [10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 110, 120]);

        using var source = ImageSources.Open(directory.Path);

        Assert.Equal(("idx", 2), (source.Kind, source.Count));
        Assert.Equal((3, 9), (source.Label(0), source.Label(1)));
        var image = source.Read(1);
        Assert.Equal((3, 2), (image.Width, image.Height));
        Assert.Equal([70, 70, 70, 80, 80, 80, 90, 90, 90, 100, 100, 100, 110, 110, 110, 120, 120, 120], image.Pixels);
        Assert.Equal(Enumerable.Range(0, 10).Select(i => $"{i}"), source.ClassNames);
        Assert.Throws<ArgumentOutOfRangeException>(() => source.Read(2));
        Assert.Throws<ArgumentOutOfRangeException>(() => source.Label(-1));
    }

    [Fact]
    public void ContentSha256_PlainAndGzipped_AreEqualAndDependOnLabels()
    {
        var pixels = new byte[12];
        using var plain = Dataset("t10k", gzip: false, [3, 9], pixels);
        using var packed = Dataset("t10k", gzip: true, [3, 9], pixels);
        using var other = Dataset("t10k", gzip: true, [3, 8], pixels);
        static string Hash(TemporaryDirectory d)
        {
            using var source = new IdxSource(d.Path);
            return source.ContentSha256();
        }

        Assert.Equal(Hash(plain), Hash(packed));
        Assert.NotEqual(Hash(plain), Hash(other));
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData([.. ImageFile(2, pixels), .. LabelFile([3, 9])])), Hash(plain));
    }

    [Fact]
    public void Constructor_BothPairs_TrainComesFirst()
    {
        using var directory = Dataset("t10k", gzip: true, [7], new byte[6]);
        AddPair(directory, "train", gzip: false, [1, 2], [.. Enumerable.Repeat((byte)5, 12)]);

        using var both = new IdxSource(directory.Path);
        using var alone = new IdxSource(directory.Path, "t10k");

        Assert.Equal([1, 2, 7], Enumerable.Range(0, both.Count).Select(both.Label));
        Assert.Equal((5, 0), (both.Read(1).Pixels[0], both.Read(2).Pixels[0]));
        Assert.Equal(1, alone.Count);
    }

    [Fact]
    public void ClassNames_FileBeside_IsUsedAndChecked()
    {
        using var directory = Dataset("t10k", gzip: false, [0, 1], new byte[12]);
        directory.Write("classes.txt", "T-shirt/top\r\nTrouser\n"u8.ToArray());
        using (var source = new IdxSource(directory.Path)) Assert.Equal(["T-shirt/top", "Trouser"], source.ClassNames);

        directory.Write("classes.txt", "T-shirt/top\n"u8.ToArray());
        AssertBad(directory.Path, "classes.txt names 1 classes, but a label is 1");
    }

    [Fact]
    public void Open_MissingDirectoryOrFile_SaysSo()
    {
        using var directory = new TemporaryDirectory();
        AssertBad(directory.File("none"), "no such directory");
        AssertBad(directory.Write("file.gz", [1]), "it is a file");
        Assert.Contains("no such directory", Assert.Throws<BadInputException>(() => new IdxSource(directory.File("none"))).Message);
        Assert.Contains("train-images", Assert.Throws<BadInputException>(() => new IdxSource(directory.Path, "train")).Message);
    }

    [Theory]
    [InlineData(Images, Labels)]
    [InlineData(Labels, Images)]
    public void Open_MissingPartner_NamesIt(string missing, string present)
    {
        using var directory = Dataset("t10k", gzip: false, [1], new byte[6]);
        File.Delete(directory.File(missing));

        AssertBad(directory.Path, $"{present} is there, its partner {missing}");
    }

    [Fact]
    public void Open_CountsDiffer_NamesBoth()
    {
        using var directory = Dataset("t10k", gzip: false, [1, 2, 3], new byte[12], imageCount: 2);

        AssertBad(directory.Path, "holds 2 images");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(10)]
    [InlineData(16)]
    [InlineData(27)]
    public void Open_TruncatedPlain_SaysSo(int length)
    {
        using var directory = Dataset("t10k", gzip: false, [1, 2], new byte[12]);
        directory.Write(Images, ImageFile(2, new byte[12])[..length]);

        AssertBad(directory.Path, "truncated");
    }

    [Fact]
    public void Open_TruncatedGzip_SaysSoAtAnyLength()
    {
        var pixels = new byte[600];
        new Random(5).NextBytes(pixels);
        using var directory = Dataset("t10k", gzip: true, new byte[100], pixels);
        var whole = File.ReadAllBytes(directory.File(Images + ".gz"));
        for (var length = 0; length < whole.Length; length += length > whole.Length - 12 ? 1 : 13)
        {
            directory.Write(Images + ".gz", whole[..length]);
            AssertBad(directory.Path, Images);
        }
    }

    [Fact]
    public void Open_CorruptGzip_SaysSo()
    {
        var pixels = new byte[600];
        new Random(5).NextBytes(pixels);
        using var directory = Dataset("t10k", gzip: true, new byte[100], pixels);
        var bytes = File.ReadAllBytes(directory.File(Images + ".gz"));
        bytes[bytes.Length / 2] ^= 0x10;
        directory.Write(Images + ".gz", bytes);

        AssertBad(directory.Path, "corrupt");
    }

    [Fact]
    public void Open_NotGzippedDespiteName_SaysSo()
    {
        using var directory = Dataset("t10k", gzip: true, [1], new byte[6]);
        directory.Write(Images + ".gz", ImageFile(1, new byte[6]));

        AssertBad(directory.Path, "not gzipped");
    }

    [Fact]
    public void Open_WrongMagicTrailingOrHugeHeader_SaysSo()
    {
        using var directory = Dataset("t10k", gzip: false, [1], new byte[6]);
        var good = ImageFile(1, new byte[6]);

        directory.Write(Images, LabelFile([1, 2, 3]));
        AssertBad(directory.Path, "0x00000801, not 0x00000803");
        directory.Write(Images, [.. good, 0]);
        AssertBad(directory.Path, "goes on after");
        var huge = good.ToArray();
        huge.AsSpan(4, 12).Fill(0x7F);
        directory.Write(Images, huge);
        AssertBad(directory.Path, "more than this program holds");
        var negative = good.ToArray();
        negative[4] = 0xFF;
        directory.Write(Images, negative);
        AssertBad(directory.Path, "size -");
    }

    [Fact]
    public void Open_ShippedSample_HasTenThousandNamedPictures()
    {
        using var source = ImageSources.Open(Path.Combine(RepositoryRoot.Path, "deploy", "sample-data", "fashion-mnist"));

        Assert.Equal(10_000, source.Count);
        Assert.Equal(10, source.ClassNames.Count);
        Assert.Equal("Ankle boot", source.ClassNames[source.Label(0)]);
        Assert.All(Enumerable.Range(0, source.Count).CountBy(source.Label), c => Assert.Equal(1000, c.Value));
        Assert.Equal((28, 28), (source.Read(9999).Width, source.Read(9999).Height));
    }

    private static void AssertBad(string location, string expected)
    {
        var message = Assert.Throws<BadInputException>(() => ImageSources.Open(location)).Message;
        Assert.Contains(expected, message);
        Assert.Contains(location, message);
        Assert.DoesNotContain('\n', message);
    }

    private static TemporaryDirectory Dataset(string prefix, bool gzip, byte[] labels, byte[] pixels, int? imageCount = null)
    {
        var directory = new TemporaryDirectory();
        AddPair(directory, prefix, gzip, labels, pixels, imageCount);
        return directory;
    }

    private static void AddPair(
        TemporaryDirectory directory, string prefix, bool gzip, byte[] labels, byte[] pixels, int? imageCount = null)
    {
        Write($"{prefix}-images-idx3-ubyte", ImageFile(imageCount ?? labels.Length, pixels));
        Write($"{prefix}-labels-idx1-ubyte", LabelFile(labels));

        void Write(string name, byte[] content) => directory.Write(gzip ? name + ".gz" : name, gzip ? Gzip(content) : content);
    }

    // Pictures of 3x2 pixels.
    private static byte[] ImageFile(int count, byte[] pixels) => [.. Header(0x803, count, 2, 3), .. pixels];

    private static byte[] LabelFile(byte[] labels) => [.. Header(0x801, labels.Length), .. labels];

    private static byte[] Header(params int[] words)
    {
        var bytes = new byte[4 * words.Length];
        for (var i = 0; i < words.Length; i++) BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(4 * i), words[i]);
        return bytes;
    }

    private static byte[] Gzip(byte[] content)
    {
        using var packed = new MemoryStream();
        using (var stream = new GZipStream(packed, CompressionLevel.Optimal)) stream.Write(content);
        return packed.ToArray();
    }
}
