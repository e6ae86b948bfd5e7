using System.Security.Cryptography;
using PgmCluster.Data.Artifacts;
using PgmCluster.Data.Safetensors;
using PgmCluster.Data.Tokens;

namespace PgmCluster.Data.Tests.Tokens;

public class TokenShardTests
{
    [Fact]
    public void Open_WrittenShard_ReadsBackEqual()
    {
        using var directory = new TemporaryDirectory();
        // An odd number of codes leaves the labels unaligned.
        using var shard = TokenShard.Open(Shard(directory, "s", height: 3, width: 5, count: 7, first: 65_000));

        Assert.Equal((7, 3, 5), (shard.Count, shard.Height, shard.Width));
        Assert.Equal("vq8", shard.Metadata["tokenizer"]);
        for (var i = 0; i < 7; i++)
        {
            Assert.Equal(Codes(65_000 + i, 15), shard.Codes(i));
            Assert.Equal(-i, shard.Label(i));
        }
        Assert.Throws<ArgumentOutOfRangeException>(() => shard.Label(7));
        Assert.Throws<ArgumentOutOfRangeException>(() => { _ = shard.Codes(-1); });
    }

    [Fact]
    public void WriteTo_EqualContent_GivesEqualBytes()
    {
        using var directory = new TemporaryDirectory();

        Assert.Equal(File.ReadAllBytes(Shard(directory, "a", 2, 2, 9, 0)), File.ReadAllBytes(Shard(directory, "b", 2, 2, 9, 0)));
    }

    [Fact]
    public void WriteTo_Shard_HasTheDocumentedTensors()
    {
        using var directory = new TemporaryDirectory();
        using var file = SafetensorsFile.Open(Shard(directory, "s", 4, 4, 3, 100));

        Assert.Equal(["codes", "labels"], file.Entries.Select(e => e.Name));
        Assert.Equal((TensorType.U16, TensorType.I32), (file["codes"].Type, file["labels"].Type));
        Assert.Equal([3, 4, 4], file["codes"].Shape);
        Assert.Equal([0, -1, -2], file.ReadArray<int>("labels"));
    }

    [Fact]
    public void Open_EmptyShard_HasNoPictures()
    {
        using var directory = new TemporaryDirectory();
        using var shard = TokenShard.Open(Shard(directory, "s", 4, 4, 0, 0));

        Assert.Equal(0, shard.Count);
        Assert.Throws<ArgumentOutOfRangeException>(() => shard.Label(0));
    }

    [Fact]
    public void Open_TruncatedAnywhere_ThrowsDataCorrupt()
    {
        using var directory = new TemporaryDirectory();
        var whole = File.ReadAllBytes(Shard(directory, "s", 2, 3, 4, 0));
        for (var length = 0; length < whole.Length; length++)
        {
            var path = directory.Write("cut", whole[..length]);
            Assert.Contains(path, Assert.Throws<DataCorruptException>(() => TokenShard.Open(path)).Message);
        }
    }

    [Fact]
    public void Open_OtherTensors_SaysWhatIsWrong()
    {
        using var directory = new TemporaryDirectory();

        AssertCorrupt("no tensor 'labels'", w => w.Add<ushort>("codes", [1, 2, 2], new ushort[4]));
        AssertCorrupt("'codes' is I32", w => { w.Add<int>("codes", [1, 2, 2], new int[4]); w.Add<int>("labels", [1], new int[1]); });
        AssertCorrupt("2 dimension", w => { w.Add<ushort>("codes", [2, 2], new ushort[4]); w.Add<int>("labels", [2], new int[2]); });
        AssertCorrupt(
            "1 pictures, but 2 labels", w => { w.Add<ushort>("codes", [1, 2, 2], new ushort[4]); w.Add<int>("labels", [2], new int[2]); });
        AssertCorrupt("[3,0,2]", w => { w.Add<ushort>("codes", [3, 0, 2], new ushort[0]); w.Add<int>("labels", [3], new int[3]); });

        void AssertCorrupt(string expected, Action<SafetensorsWriter> add)
        {
            var writer = new SafetensorsWriter();
            add(writer);
            using (var stream = File.Create(directory.File("x"))) writer.WriteTo(stream);
            Assert.Contains(expected, Assert.Throws<DataCorruptException>(() => TokenShard.Open(directory.File("x"))).Message);
        }
    }

    [Fact]
    public void Codes_AfterDispose_Throws()
    {
        using var directory = new TemporaryDirectory();
        var shard = TokenShard.Open(Shard(directory, "s", 2, 2, 1, 0));
        shard.Dispose();
        shard.Dispose();

        Assert.Throws<ObjectDisposedException>(() => shard.Label(0));
    }

    [Fact]
    public void Codes_FileReplacedMeanwhile_StillReadsTheOldOne()
    {
        using var directory = new TemporaryDirectory();
        var path = Shard(directory, "s", 2, 2, 1, 500);
        using var shard = TokenShard.Open(path);
        File.Move(Shard(directory, "t", 2, 2, 1, 900), path, overwrite: true);

        Assert.Equal(Codes(500, 4), shard.Codes(0));
    }

    /// <summary>Memory that is mapped from a file which ends before it kills the process that looks at it.</summary>
    [Fact]
    public void Codes_FileCutWhileItIsOpen_AreRefusedAndTheFileIsNamed()
    {
        using var directory = new TemporaryDirectory();
        var path = Shard(directory, "s", 32, 32, 100, 0);
        using var shard = Fetched(directory, path);
        Assert.Equal(Codes(99, 1024), shard.Codes(99));

        using (var file = Changing(path)) file.SetLength(20_000);

        var e = Assert.Throws<DataCorruptException>(() => { _ = shard.Codes(99); });
        Assert.Contains(path, e.Message);
        Assert.Contains("truncated", e.Message);
    }

    /// <summary>As a disk or a careless copy changes it: of equal length, with the old time.</summary>
    [Fact]
    public void Codes_FileChangedWhileItIsOpen_AreRefusedAndTheFileIsNamed()
    {
        using var directory = new TemporaryDirectory();
        var path = Shard(directory, "s", 2, 2, 3, 0);
        using var shard = Fetched(directory, path);
        var time = File.GetLastWriteTimeUtc(path);
        using (var file = Changing(path))
        {
            file.Seek(-30, SeekOrigin.End);
            file.WriteByte(77);
        }
        File.SetLastWriteTimeUtc(path, time);

        var e = Assert.Throws<DataCorruptException>(() => { _ = shard.Codes(0); });
        Assert.Contains($"{path}: it has changed since it was written", e.Message);
    }

    [Fact]
    public void Codes_FileDeletedOrGivenOtherRightsMeanwhile_AreReadAllTheSame()
    {
        using var directory = new TemporaryDirectory();
        var path = Shard(directory, "s", 2, 2, 2, 500);
        using var shard = Fetched(directory, path);
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(path, UnixFileMode.UserRead);
        Assert.Equal(Codes(500, 4), shard.Codes(0));
        File.Delete(path);

        Assert.Equal(Codes(501, 4), shard.Codes(1));
    }

    [Fact]
    public void TokenDataset_SeveralShards_AreOneList()
    {
        using var directory = new TemporaryDirectory();
        int[] counts = [3, 0, 1, 0, 5];
        var shards = counts.Select((count, i) => TokenShard.Open(Shard(directory, $"s{i}", 2, 2, count, 100 * i))).ToList();
        using var dataset = new TokenDataset(shards);

        Assert.Equal((9, 2, 2), (dataset.Count, dataset.Height, dataset.Width));
        Assert.Equal([0, 1, 2, 200, 400, 401, 402, 403, 404], Enumerable.Range(0, 9).Select(i => (int)dataset.Codes(i)[0]));
        Assert.Equal([0, -1, -2, 0, 0, -1, -2, -3, -4], Enumerable.Range(0, 9).Select(dataset.Label));
        Assert.Throws<ArgumentOutOfRangeException>(() => dataset.Label(9));
    }

    [Fact]
    public void TokenDataset_NoneOrUnequalShards_Throws()
    {
        using var directory = new TemporaryDirectory();
        using var one = TokenShard.Open(Shard(directory, "a", 2, 2, 1, 0));
        using var other = TokenShard.Open(Shard(directory, "b", 2, 3, 1, 0));

        Assert.Throws<BadInputException>(() => new TokenDataset([]));
        Assert.Contains("2x3", Assert.Throws<BadInputException>(() => new TokenDataset([one, other])).Message);
    }

    [Fact]
    public void Add_WrongNumberOfCodes_Throws() =>
        Assert.Throws<ArgumentException>(() => new TokenShardWriter(2, 2).Add(new ushort[3], 0));

    private static string Shard(TemporaryDirectory directory, string name, int height, int width, int count, int first)
    {
        var writer = new TokenShardWriter(height, width, count) { Metadata = { ["tokenizer"] = "vq8" } };
        for (var i = 0; i < count; i++) writer.Add(Codes(first + i, height * width), -i);
        using (var stream = File.Create(directory.File(name))) writer.WriteTo(stream);
        return directory.File(name);
    }

    /// <summary>A shard that was written with the hash that it has.</summary>
    private static TokenShard Fetched(TemporaryDirectory directory, string path)
    {
        var hash = Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path)));
        using var artifact = new DirectoryArtifactStore(directory.Path).Fetch(
            new ArtifactInfo(Path.GetFileName(path), new FileInfo(path).Length, hash));
        return TokenShard.Open(artifact);
    }

    /// <summary>Whoever changes files in place asks nobody who reads them.</summary>
    private static FileStream Changing(string path) => new(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);

    private static ushort[] Codes(int first, int count) => [.. Enumerable.Range(first, count).Select(c => (ushort)c)];
}
