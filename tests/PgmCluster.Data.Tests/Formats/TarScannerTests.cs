using System.Formats.Tar;
using System.Text;
using PgmCluster.Data.Formats.Tar;

namespace PgmCluster.Data.Tests.Formats;

public class TarScannerTests
{
    private static readonly string LongName = string.Join('/', Enumerable.Repeat("a-directory-with-a-long-name", 9)) + "/0001.jpg";

    [Theory]
    [InlineData(TarEntryFormat.V7)]
    [InlineData(TarEntryFormat.Ustar)]
    [InlineData(TarEntryFormat.Pax)]
    [InlineData(TarEntryFormat.Gnu)]
    public async Task NextAsync_ArchivesOfEveryForm_GiveTheirMembers(TarEntryFormat format)
    {
        var content = Encoding.ASCII.GetBytes(new string('x', 700));
        var archive = Archive(format, ("one.jpg", content), ("two/three.cls", "7"u8.ToArray()), ("empty.txt", []));

        foreach (var seekable in new[] { true, false })
        {
            var members = await Members(archive, seekable);
            Assert.Equal([("one.jpg", 700L), ("two/three.cls", 1), ("empty.txt", 0)], members.Select(m => (m.Name, m.Length)));
            Assert.Equal("7", Encoding.ASCII.GetString(archive, (int)members[1].Offset, 1));
        }
    }

    [Theory]
    [InlineData(TarEntryFormat.Ustar, false)]
    [InlineData(TarEntryFormat.Pax, true)]
    [InlineData(TarEntryFormat.Gnu, true)]
    public async Task NextAsync_LongNames_AreWhole(TarEntryFormat format, bool anyLength)
    {
        var name = anyLength ? LongName : LongName[..150] + "/0001.jpg";

        Assert.Equal(name, Assert.Single(await Members(Archive(format, (name, "x"u8.ToArray())))).Name);
    }

    [Fact]
    public async Task NextAsync_LinksDirectoriesDevicesAndPipes_AreToldApartFromFiles()
    {
        using var bytes = new MemoryStream();
        using (var writer = new TarWriter(bytes, TarEntryFormat.Pax, leaveOpen: true))
        {
            writer.WriteEntry(new PaxTarEntry(TarEntryType.Directory, "d/"));
            writer.WriteEntry(new PaxTarEntry(TarEntryType.SymbolicLink, "up") { LinkName = "../../etc/passwd" });
            writer.WriteEntry(new PaxTarEntry(TarEntryType.HardLink, "same") { LinkName = "/etc/shadow" });
            writer.WriteEntry(new PaxTarEntry(TarEntryType.Fifo, "pipe"));
            writer.WriteEntry(new PaxTarEntry(TarEntryType.CharacterDevice, "null") { DeviceMajor = 1, DeviceMinor = 3 });
        }

        Assert.Equal(
            [TarMemberKind.Directory, TarMemberKind.Link, TarMemberKind.Link, TarMemberKind.Other, TarMemberKind.Other],
            (await Members(bytes.ToArray())).Select(m => m.Kind));
    }

    [Fact]
    public async Task NextAsync_ArchiveIsCutAnywhere_SaysWhereAndNeverTakesItForWhole()
    {
        var archive = Archive(TarEntryFormat.Pax, ("one.jpg", new byte[700]), (LongName, new byte[10]));
        // Two empty blocks close a tar; with one of them it counts as closed.
        for (var length = 0; length < archive.Length - 1024; length += 97)
        {
            foreach (var seekable in new[] { true, false })
            {
                var error = await Assert.ThrowsAsync<BadInputException>(() => Members(archive[..length], seekable));
                Assert.Contains("it is cut", error.Message, StringComparison.Ordinal);
                Assert.StartsWith("Reading the tar archive a.tar: ", error.Message, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public async Task NextAsync_HeaderOfTenGigabytes_IsRefusedWithoutReadingIt()
    {
        var header = Header("././@PaxHeader", 'x', 10_000_000_000);

        var error = await Assert.ThrowsAsync<BadInputException>(() => Members([.. header, .. new byte[4096]]));

        Assert.Contains("its extended header at byte 0 claims 10000000000 bytes", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(-1L)]
    [InlineData(long.MaxValue)]
    [InlineData(long.MinValue)]
    public async Task NextAsync_LengthsThatNoFileHas_AreRefused(long length)
    {
        var error = await Assert.ThrowsAsync<BadInputException>(() => Members([.. Header("a.jpg", '0', length), .. new byte[4096]]));

        Assert.Contains("its header at byte 0", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task NextAsync_AnyByteOfAHeaderIsChanged_IsRefusedOrNamesNoOtherMember()
    {
        var archive = Archive(TarEntryFormat.Ustar, ("one.jpg", "x"u8.ToArray()));
        for (var at = 0; at < 512; at++)
        {
            var changed = archive.ToArray();
            changed[at] ^= 0x15;
            var error = await Assert.ThrowsAsync<BadInputException>(() => Members(changed));
            Assert.Contains("its header at byte 0 is damaged", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task NextAsync_NameIsNotUtf8_ShowsItsBytes()
    {
        var header = Header("caf?.jpg", '0', 0);
        header[3] = 0xE9;
        Seal(header);

        Assert.Equal("caf\\xe9.jpg", Assert.Single(await Members([.. header, .. new byte[1024]])).Name);
    }

    [Theory]
    [InlineData("30 GNU.sparse.realsize=100000\n")]
    [InlineData("22 GNU.sparse.major=1\n")]
    public async Task NextAsync_SparseMemberInAPaxHeader_IsNoPlainFile(string record)
    {
        var content = new byte[512];
        Encoding.ASCII.GetBytes(record).CopyTo(content, 0);
        byte[] archive = [.. Header("././@PaxHeader", 'x', record.Length), .. content, .. Header("big.jpg", '0', 0), .. new byte[1024]];

        Assert.Equal(TarMemberKind.Sparse, Assert.Single(await Members(archive)).Kind);
    }

    [Theory]
    [InlineData("5 a=b\n")]
    [InlineData("99999999999 path=x\n")]
    [InlineData("path=x\n")]
    [InlineData("6 path\n")]
    [InlineData("11 size=-1\n")]
    public async Task NextAsync_DamagedPaxRecords_AreRefused(string record)
    {
        var content = new byte[512];
        Encoding.ASCII.GetBytes(record).CopyTo(content, 0);
        byte[] archive = [.. Header("././@PaxHeader", 'x', record.Length), .. content, .. Header("a.jpg", '0', 0), .. new byte[1024]];

        Assert.Contains(
            "PAX header", (await Assert.ThrowsAsync<BadInputException>(() => Members(archive))).Message, StringComparison.Ordinal);
    }

    internal static byte[] Archive(TarEntryFormat format, params (string Name, byte[] Content)[] members)
    {
        using var bytes = new MemoryStream();
        using (var writer = new TarWriter(bytes, format, leaveOpen: true))
        {
            foreach (var (name, content) in members)
            {
                TarEntry entry = format switch
                {
                    TarEntryFormat.V7 => new V7TarEntry(TarEntryType.V7RegularFile, name),
                    TarEntryFormat.Ustar => new UstarTarEntry(TarEntryType.RegularFile, name),
                    TarEntryFormat.Gnu => new GnuTarEntry(TarEntryType.RegularFile, name),
                    _ => new PaxTarEntry(TarEntryType.RegularFile, name),
                };
                entry.DataStream = new MemoryStream(content);
                writer.WriteEntry(entry);
            }
        }
        return bytes.ToArray();
    }

    internal static byte[] Header(string name, char type, long length)
    {
        var header = new byte[512];
        Encoding.ASCII.GetBytes(name).CopyTo(header, 0);
        if (length is >= 0 and < 1L << 33)
        {
            Encoding.ASCII.GetBytes(Convert.ToString(length, 8).PadLeft(11, '0')).CopyTo(header, 124);
        }
        else
        {
            header.AsSpan(124, 4).Fill(length < 0 ? (byte)0xFF : (byte)0);
            header[124] |= 0x80;
            System.Buffers.Binary.BinaryPrimitives.WriteInt64BigEndian(header.AsSpan(128), length);
        }
        header[156] = (byte)type;
        "ustar\000"u8.CopyTo(header.AsSpan(257));
        Seal(header);
        return header;
    }

    internal static void Seal(byte[] header)
    {
        header.AsSpan(148, 8).Fill((byte)' ');
        Encoding.ASCII.GetBytes(Convert.ToString(header.Sum(b => b), 8).PadLeft(6, '0') + "\0 ").CopyTo(header, 148);
    }

    private static async Task<List<TarMember>> Members(byte[] archive, bool seekable = false)
    {
        using var stream = new MemoryStream(archive);
        var reader = new TarScanner(seekable ? stream : new ForwardOnly(stream), "a.tar");
        var members = new List<TarMember>();
        while (await reader.NextAsync(CancellationToken.None) is { } member) members.Add(member);
        return members;
    }
}
