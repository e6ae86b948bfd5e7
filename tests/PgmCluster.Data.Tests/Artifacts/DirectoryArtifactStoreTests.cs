using System.Security.Cryptography;
using PgmCluster.Data.Artifacts;

namespace PgmCluster.Data.Tests.Artifacts;

public class DirectoryArtifactStoreTests
{
    private static readonly byte[] Content = [.. Enumerable.Range(0, 100_000).Select(i => (byte)(i * 7))];

    [Theory]
    [InlineData("")]
    [InlineData("/etc/passwd")]
    [InlineData("a//b")]
    [InlineData("a/")]
    [InlineData("..")]
    [InlineData("a/../b")]
    [InlineData("./a")]
    [InlineData("a/.hidden")]
    [InlineData("a\\b")]
    [InlineData("a\0b")]
    [InlineData("a\nb")]
    public async Task AnyMethod_BadName_Throws(string name)
    {
        using var directory = new TemporaryDirectory();
        var store = new DirectoryArtifactStore(directory.Path);

        Assert.Throws<ArgumentException>(() => store.LocalPath(name));
        Assert.Throws<ArgumentException>(() => store.Exists(name));
        Assert.Throws<ArgumentException>(() => store.OpenRead(name));
        Assert.Throws<ArgumentException>(() => store.Delete(name));
        await Assert.ThrowsAsync<ArgumentException>(() => store.WriteAsync(name, Write(Content), default));
        Assert.Empty(Directory.GetFileSystemEntries(directory.Path));
    }

    [Fact]
    public void LocalPath_SegmentTooLong_Throws()
    {
        using var directory = new TemporaryDirectory();
        Assert.Throws<ArgumentException>(() => new DirectoryArtifactStore(directory.Path).LocalPath(new string('x', 256)));
    }

    [Fact]
    public async Task WriteAsync_SameBytesAgain_LeavesTheFileAndReportsIt()
    {
        using var directory = new TemporaryDirectory();
        var store = new DirectoryArtifactStore(directory.Path);
        var first = await store.WriteAsync("a/b", Write(Content), default);
        var longAgo = new DateTime(2001, 2, 3, 4, 5, 6, DateTimeKind.Utc);
        File.SetLastWriteTimeUtc(store.LocalPath("a/b"), longAgo);

        Assert.Equal(first, await store.WriteAsync("a/b", Write(Content), default));
        Assert.Equal(longAgo, File.GetLastWriteTimeUtc(store.LocalPath("a/b")));
        Assert.Single(Directory.GetFileSystemEntries(Path.Combine(directory.Path, "a")));

        byte[] other = [.. Content[..^1], (byte)(Content[^1] ^ 1)];
        Assert.NotEqual(first, await store.WriteAsync("a/b", Write(other), default));
        Assert.Equal(other, File.ReadAllBytes(store.LocalPath("a/b")));
    }

    [Fact]
    public async Task WriteAsync_NewName_ReportsSizeAndHashAndReadsBack()
    {
        using var directory = new TemporaryDirectory();
        var store = new DirectoryArtifactStore(directory.Path);

        var info = await store.WriteAsync("runs/r1/step 5.bin", Write(Content), default);

        Assert.Equal(new ArtifactInfo("runs/r1/step 5.bin", Content.Length, Convert.ToHexStringLower(SHA256.HashData(Content))), info);
        Assert.True(store.Exists(info.Name));
        Assert.True(await store.VerifyAsync(info, default));
        Assert.Equal(Content, File.ReadAllBytes(store.LocalPath(info.Name)));
        using var stream = store.OpenRead(info.Name);
        Assert.Equal(Content.Length, stream.Length);
    }

    [Fact]
    public async Task WriteAsync_SynchronousWrites_HashToo()
    {
        using var directory = new TemporaryDirectory();
        var store = new DirectoryArtifactStore(directory.Path);

        var info = await store.WriteAsync("a", (stream, _) =>
        {
            stream.Write(Content, 0, 10);
            stream.WriteByte(Content[10]);
            stream.Write(Content.AsSpan(11));
            return Task.CompletedTask;
        }, default);

        Assert.True(await store.VerifyAsync(info, default));
        Assert.Equal(Content.Length, info.Size);
    }

    [Fact]
    public async Task WriteAsync_ExistingName_ReplacesItAndKeepsOpenReaders()
    {
        using var directory = new TemporaryDirectory();
        var store = new DirectoryArtifactStore(directory.Path);
        var first = await store.WriteAsync("a", Write([1, 2, 3]), default);
        using var reader = store.OpenRead("a");

        await store.WriteAsync("a", Write([4]), default);

        Assert.False(await store.VerifyAsync(first, default));
        Assert.Equal([4], File.ReadAllBytes(store.LocalPath("a")));
        Assert.Equal(3, reader.ReadAtLeast(new byte[3], 3));
    }

    [Fact]
    public async Task WriteAsync_CallbackFails_LeavesEverythingAsItWas()
    {
        using var directory = new TemporaryDirectory();
        var store = new DirectoryArtifactStore(directory.Path);
        var before = await store.WriteAsync("a", Write([1, 2, 3]), default);

        await Assert.ThrowsAsync<InvalidOperationException>(() => store.WriteAsync("a", async (stream, ct) =>
        {
            await stream.WriteAsync(Content, ct);
            throw new InvalidOperationException("no");
        }, default));

        Assert.True(await store.VerifyAsync(before, default));
        Assert.Single(Directory.GetFileSystemEntries(directory.Path));
    }

    [Fact]
    public async Task WriteAsync_Cancelled_LeavesNothing()
    {
        using var directory = new TemporaryDirectory();
        var store = new DirectoryArtifactStore(directory.Path);
        using var source = new CancellationTokenSource();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => store.WriteAsync("a", async (stream, _) =>
        {
            await stream.WriteAsync(Content);
            source.Cancel();
        }, source.Token));

        Assert.Empty(Directory.GetFileSystemEntries(directory.Path));
    }

    [Fact]
    public async Task WriteAsync_InProgress_IsInvisible()
    {
        using var directory = new TemporaryDirectory();
        var store = new DirectoryArtifactStore(directory.Path);

        await store.WriteAsync("d/a", async (stream, ct) =>
        {
            await stream.WriteAsync(Content, ct);
            await stream.FlushAsync(ct);
            Assert.Single(Directory.GetFiles(directory.File("d")));
            Assert.False(store.Exists("d/a"));
            Assert.Empty(store.List(""));
            Assert.Throws<FileNotFoundException>(() => store.OpenRead("d/a"));
        }, default);

        Assert.Equal(["d/a"], store.List(""));
    }

    [Fact]
    public async Task WriteAsync_ManyWritersOfOneName_LeaveOneWholeContent()
    {
        using var directory = new TemporaryDirectory();
        var store = new DirectoryArtifactStore(directory.Path);

        var infos = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(() =>
            store.WriteAsync("x/y", Write([.. Enumerable.Repeat((byte)i, 20_000 + i)]), default))));

        var matches = await Task.WhenAll(infos.Select(info => store.VerifyAsync(info, default)));
        Assert.Single(matches, true);
        Assert.Equal(["x/y"], store.List(""));
        Assert.Single(Directory.GetFiles(directory.File("x")));
    }

    [Fact]
    public async Task VerifyAsync_ChangedTruncatedOrMissing_IsFalse()
    {
        using var directory = new TemporaryDirectory();
        var store = new DirectoryArtifactStore(directory.Path);
        var info = await store.WriteAsync("a", Write(Content), default);

        var changed = Content.ToArray();
        changed[50_000] ^= 1;
        File.WriteAllBytes(store.LocalPath("a"), changed);
        Assert.False(await store.VerifyAsync(info, default));
        File.WriteAllBytes(store.LocalPath("a"), Content[..^1]);
        Assert.False(await store.VerifyAsync(info, default));
        store.Delete("a");
        Assert.False(await store.VerifyAsync(info, default));
    }

    [Fact]
    public async Task List_Prefix_IsSortedAndExact()
    {
        using var directory = new TemporaryDirectory();
        var store = new DirectoryArtifactStore(directory.Path);
        foreach (var name in new[] { "runs/b/2", "runs/a/10", "runs/a/9", "runs/ab", "tokens/x" })
            await store.WriteAsync(name, Write([1]), default);

        Assert.Equal(["runs/a/10", "runs/a/9", "runs/ab", "runs/b/2", "tokens/x"], store.List(""));
        Assert.Equal(["runs/a/10", "runs/a/9", "runs/ab"], store.List("runs/a"));
        Assert.Equal(["runs/a/10", "runs/a/9"], store.List("runs/a/"));
        Assert.Empty(store.List("none/"));
        Assert.Empty(store.List("/"));
        Assert.Throws<ArgumentException>(() => store.List("../x/"));
    }

    [Fact]
    public async Task Delete_PresentThenMissing_IsNoError()
    {
        using var directory = new TemporaryDirectory();
        var store = new DirectoryArtifactStore(directory.Path);
        await store.WriteAsync("a/b", Write([1]), default);

        store.Delete("a/b");
        store.Delete("a/b");

        Assert.False(store.Exists("a/b"));
    }

    [Fact]
    public void Constructor_LeftOversOfKilledWriters_SweepsOldOnesOnly()
    {
        using var directory = new TemporaryDirectory();
        var old = directory.Write("runs/.tmp-old", [1]);
        var young = directory.Write("runs/.tmp-young", [1]);
        File.SetLastWriteTimeUtc(old, DateTime.UtcNow.AddMinutes(-61));
        File.SetLastWriteTimeUtc(young, DateTime.UtcNow.AddMinutes(-59));

        var store = new DirectoryArtifactStore(directory.Path);

        Assert.False(File.Exists(old));
        Assert.True(File.Exists(young));
        Assert.Empty(store.List(""));
    }

    [Fact]
    public void Constructor_RootIsAFile_SaysSo()
    {
        using var directory = new TemporaryDirectory();
        var file = directory.Write("file", [1]);

        var error = Assert.Throws<BadInputException>(() => new DirectoryArtifactStore(Path.Combine(file, "store")));

        Assert.Contains(file, error.Message);
    }

    private static Func<Stream, CancellationToken, Task> Write(byte[] content) => (stream, ct) => stream.WriteAsync(content, ct).AsTask();
}
