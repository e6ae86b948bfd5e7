using System.Buffers.Binary;
using System.IO.Compression;
using System.IO.Hashing;
using System.Text;
using PgmCluster.Data.Formats.Tar;
using PgmCluster.Data.Zip;

namespace PgmCluster.Data.Tests.Formats;

/// <summary>
/// What archives hold that were made to do harm: it is refused or left out in a line, takes no memory that it only claims, and nothing of
/// it is followed or written anywhere.
/// </summary>
public class HostileArchiveTests
{
    private static byte[] Closed => new byte[1024];

    [Theory]
    [InlineData('1', "links")]
    [InlineData('2', "links")]
    [InlineData('3', "members of other kinds")]
    [InlineData('4', "members of other kinds")]
    [InlineData('6', "members of other kinds")]
    [InlineData('S', "sparse files")]
    [InlineData('V', "members of other kinds")]
    [InlineData('Z', "members of other kinds")]
    public async Task Index_MemberThatIsNoPlainFile_IsLeftOutAndNotFollowed(char type, string kind)
    {
        using var directory = new TemporaryDirectory();
        directory.Write("secret.png", Shards.Png(9));
        var member = TarScannerTests.Header("evil.png", type, 0);
        Encoding.ASCII.GetBytes("../secret.png").CopyTo(member, 157);
        TarScannerTests.Seal(member);
        directory.Write("in/a.tar", [.. member, .. File("0.png", Shards.Png(1)), .. Closed]);

        var index = await Shards.Index(directory.File("in"));

        Assert.Equal(["0"], index.Keys);
        Assert.Equal([(kind, 1)], index.LeftOut.Select(l => (l.Key, l.Value)));
        Assert.Equal(["a.tar"], Directory.GetFileSystemEntries(directory.File("in")).Select(Path.GetFileName));
    }

    [Theory]
    [InlineData("../../../tmp/pgm-evil.png")]
    [InlineData("/tmp/pgm-evil.png")]
    [InlineData("./../pgm-evil.png")]
    public async Task Read_NamesThatLeadElsewhere_AreNamesAndNothingIsWritten(string name)
    {
        using var directory = new TemporaryDirectory();
        directory.Write("in/a.tar", [.. File(name, Shards.Png(7)), .. Closed]);

        Assert.Equal(7, Assert.Single(await Shards.Read(directory.File("in"))).Image.Pixels[0]);
        Assert.False(System.IO.File.Exists("/tmp/pgm-evil.png"));
        Assert.Equal(["in"], Directory.GetFileSystemEntries(directory.Path).Select(Path.GetFileName));
    }

    [Theory]
    [InlineData("inner.tar")]
    [InlineData("inner.tar.gz")]
    [InlineData("inner.zip")]
    public async Task Index_ArchiveWithinAnArchive_IsLeftOut(string name)
    {
        using var directory = new TemporaryDirectory();
        byte[] inner = [.. File("9.png", Shards.Png(9)), .. Closed];
        directory.Write("a.tar", [.. File(name, name.EndsWith("gz", StringComparison.Ordinal) ? Shards.Gzip(inner) : inner),
            .. File("0.png", Shards.Png(1)), .. Closed]);

        Assert.Equal(["0"], (await Shards.Index(directory.Path)).Keys);
    }

    [Theory]
    [InlineData(".tar")]
    [InlineData(".tar.gz")]
    public async Task Index_MemberOfTenGigabytesThatIsNotThere_IsRefused(string extension)
    {
        using var directory = new TemporaryDirectory();
        byte[] archive = [.. TarScannerTests.Header("a.png", '0', 10_000_000_000), .. new byte[4096]];
        directory.Write("a" + extension, extension == ".tar" ? archive : Shards.Gzip(archive));

        var error = await Assert.ThrowsAsync<BadInputException>(() => Shards.Index(directory.Path));

        Assert.Contains("it is cut", error.Message, StringComparison.Ordinal);
    }

    /// <summary>From memory a scanner reads on this thread, so that what it allocates can be counted.</summary>
    [Fact]
    public async Task NextAsync_LengthsThatAreOnlyClaimed_TakeNoMemory()
    {
        byte[][] archives =
        [
            [.. TarScannerTests.Header("a.png", '0', 10_000_000_000), .. new byte[4096]],
            [.. TarScannerTests.Header("././@PaxHeader", 'x', 10_000_000_000), .. new byte[4096]],
            [.. TarScannerTests.Header("././@LongLink", 'L', 10_000_000_000), .. new byte[4096]],
            [.. TarScannerTests.Header("././@LongLink", 'K', 10_000_000_000), .. new byte[4096]],
            [.. TarScannerTests.Header("pax_global_header", 'g', 10_000_000_000), .. new byte[4096]],
        ];
        foreach (var archive in archives)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            var tar = new TarScanner(new MemoryStream(archive), "a.tar");
            await Assert.ThrowsAsync<BadInputException>(async () =>
            {
                while (await tar.NextAsync(CancellationToken.None) is not null) { }
            });
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4 << 20);
        }
    }

    [Theory]
    [InlineData("cifar-10-python.tar.gz")]
    [InlineData("a.tar.gz")]
    public async Task Index_GzipThatUnpacksWithoutEnd_IsRefused(string name)
    {
        using var directory = new TemporaryDirectory();
        using (var file = System.IO.File.Create(directory.File(name)))
        using (var gzip = new GZipStream(file, CompressionLevel.SmallestSize))
        {
            gzip.Write(TarScannerTests.Header("zeros.bin", '0', 1L << 40));
            var zeros = new byte[1 << 20];
            for (var i = 0; i < 100; i++) gzip.Write(zeros);
        }

        var error = await Assert.ThrowsAsync<BadInputException>(() => Shards.Index(directory.Path));

        Assert.Contains($"{name}: its gzip data unpack to over 200 times their size", error.Message, StringComparison.Ordinal);
    }

    public static TheoryData<string, byte[]> Giants => new()
    {
        { "wide.png", GiantPng(int.MaxValue, 1) },
        { "tall.png", GiantPng(1, int.MaxValue) },
        { "both.png", GiantPng(65536, 32768) },
        { "gif-inside.png", [.. "GIF89a"u8, 0xFF, 0xFF, 0xFF, 0xFF, 0x80, 0, 0, .. new byte[6], .. ",\0\0\0\0"u8, 0xFF, 0xFF, 0xFF, 0xFF, 0, 2, 2,
            0x4C, 1, 0, .. ";"u8] },
        { "both.bmp", GiantBmp(65536, 32768) },
        { "wide.bmp", GiantBmp(int.MaxValue, 1) },
    };

    [Theory]
    [MemberData(nameof(Giants))]
    public async Task Index_PictureOfTwoBillionPixels_IsListedAndTheRestIsThere(string name, byte[] picture)
    {
        using var directory = new TemporaryDirectory();
        directory.Write("a.tar", [.. File(name, picture), .. File("0.png", Shards.Png(1)), .. Closed]);

        var index = await Shards.Index(directory.Path);

        Assert.Equal(["0"], index.Keys);
        var bad = Assert.Single(index.Unreadable);
        Assert.Equal(Path.GetFileNameWithoutExtension(name), bad.Key);
        Assert.DoesNotContain('\n', bad.Reason);
    }

    /// <summary>Names may break lines, colour a terminal, or turn it around: in messages they are what they are, in one line.</summary>
    [Theory]
    [InlineData("a\nb.png", "a\\x0ab")]
    [InlineData("\u001b[31mred.png", "\\x1b[31mred")]
    [InlineData("tab\there.png", "tab\\x09here")]
    [InlineData("c1\u0085.png", "c1\\u0085")]
    [InlineData("\u202egnp.png", "\\u202egnp")]
    [InlineData("caf\u00e9 \u732b.png", "caf\u00e9 \u732b")]
    public async Task Index_OddNames_AreShownWithoutWhatTheyDo(string name, string key)
    {
        using var directory = new TemporaryDirectory();
        var record = $" path={name}\n";
        var length = Encoding.UTF8.GetByteCount(record) + 2;
        var pax = Encoding.UTF8.GetBytes($"{length}{record}");
        directory.Write("a.tar", [.. File("././@PaxHeader", pax, 'x'), .. File("short", Shards.Png(1)), .. Closed]);

        Assert.Equal([key], (await Shards.Index(directory.Path)).Keys);
    }

    private static byte[] File(string name, byte[] content, char type = '0') =>
        [.. TarScannerTests.Header(name, type, content.Length), .. content, .. new byte[(512 - content.Length % 512) % 512]];

    private static byte[] GiantPng(int width, int height)
    {
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        (header[8], header[9]) = (8, 2);
        return [0x89, .. "PNG\r\n\u001a\n"u8, .. Chunk("IHDR", header), .. Chunk("IDAT", [0x78, 0x9C, 3, 0, 0, 0, 0, 1]),
            .. Chunk("IEND", [])];

        static byte[] Chunk(string type, byte[] content)
        {
            byte[] body = [.. Encoding.ASCII.GetBytes(type), .. content];
            var (length, sum) = (new byte[4], new byte[4]);
            BinaryPrimitives.WriteInt32BigEndian(length, content.Length);
            BinaryPrimitives.WriteUInt32BigEndian(sum, Crc32.HashToUInt32(body));
            return [.. length, .. body, .. sum];
        }
    }

    private static byte[] GiantBmp(int width, int height)
    {
        var bitmap = new byte[200];
        "BM"u8.CopyTo(bitmap);
        BinaryPrimitives.WriteInt32LittleEndian(bitmap.AsSpan(2), bitmap.Length);
        BinaryPrimitives.WriteInt32LittleEndian(bitmap.AsSpan(10), 54);
        BinaryPrimitives.WriteInt32LittleEndian(bitmap.AsSpan(14), 40);
        BinaryPrimitives.WriteInt32LittleEndian(bitmap.AsSpan(18), width);
        BinaryPrimitives.WriteInt32LittleEndian(bitmap.AsSpan(22), height);
        (bitmap[26], bitmap[28]) = (1, 24);
        return bitmap;
    }
}
