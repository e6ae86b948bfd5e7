using PgmCluster.Data.Artifacts;
using PgmCluster.TestSupport;

namespace PgmCluster.Data.Tests.Artifacts;

public sealed class DirectoryArtifactStoreTests : ArtifactStoreContract, IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public DirectoryArtifactStoreTests() => Store = new DirectoryArtifactStore(_directory.Path);

    protected override IArtifactStore Store { get; }

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task WriteAsync_SameBytesAgain_LeavesTheFileAndCountsAsWrittenNow()
    {
        var first = await Store.WriteAsync("a/b", Write(Content), default);
        var longAgo = new DateTime(2001, 2, 3, 4, 5, 6, DateTimeKind.Utc);
        File.SetLastWriteTimeUtc(_directory.File("a/b"), longAgo);
        var made = FileIdentity.Of(_directory.File("a/b"));

        Assert.Equal(first, await Store.WriteAsync("a/b", Write(Content), default));
        Assert.True(FileIdentity.Of(_directory.File("a/b"))!.Value.IsSameFile(made!.Value));
        Assert.True((await Store.FindAsync("a/b", default))!.Written > longAgo.AddYears(1));
        Assert.Single(Directory.GetFileSystemEntries(_directory.File("a")));

        byte[] other = [.. Content[..^1], (byte)(Content[^1] ^ 1)];
        Assert.NotEqual(first, await Store.WriteAsync("a/b", Write(other), default));
        Assert.Equal(other, File.ReadAllBytes(_directory.File("a/b")));
        Assert.Equal(["a"], Visible());
    }

    [Fact]
    public async Task WriteAsync_CallbackFails_LeavesNoFile()
    {
        await Assert.ThrowsAsync<InvalidOperationException>(() => Store.WriteAsync("a", async (stream, ct) =>
        {
            await stream.WriteAsync(Content, ct);
            throw new InvalidOperationException("no");
        }, default));

        Assert.Empty(Directory.GetFiles(_directory.Path, "*", SearchOption.AllDirectories));
    }

    /// <summary>As one that stood still for over an hour. What was there before stands, with its time.</summary>
    [Fact]
    public async Task WriteAsync_WhatItWritesIsSweptMeanwhile_SaysSoAndChangesNothing()
    {
        await Store.WriteAsync("a", Write(Content), default);
        var before = await Store.FindAsync("a", default);

        var e = await Assert.ThrowsAsync<IOException>(() => Store.WriteAsync("a", async (stream, ct) =>
        {
            await stream.WriteAsync(Content, ct);
            foreach (var unfinished in Directory.GetFiles(_directory.File(".unfinished"), ".tmp-*")) File.Delete(unfinished);
        }, default));

        Assert.EndsWith("Write it again.", e.Message);
        Assert.Equal(before, await Store.FindAsync("a", default));
    }

    [Fact]
    public async Task WriteAsync_StoreOfSeveralUsers_LetsThemAllWrite()
    {
        if (OperatingSystem.IsWindows()) return;
        const UnixFileMode Shared = (UnixFileMode)0b111_111_111;
        File.SetUnixFileMode(_directory.Path, Shared);
        await Store.WriteAsync("a", Write(Content), default);

        Assert.Equal(Shared, File.GetUnixFileMode(_directory.File(".unfinished")));
    }

    /// <summary>"Already there" would be said of what is gone a moment later.</summary>
    [Fact]
    public async Task WriteAsync_SameBytesWhileACollectionDeletesWhatIsOld_IsThereAfterwards()
    {
        var path = _directory.File("old");
        for (var i = 0; i < 200; i++)
        {
            await Store.WriteAsync("old", Write([1, 2, 3]), default);
            File.SetLastWriteTimeUtc(path, DateTime.UtcNow.AddDays(-30));
            var seen = await Store.FindAsync("old", default);

            var deleting = Task.Run(() => Store.DeleteUnchangedAsync(seen!, default));
            var info = await Task.Run(() => Store.WriteAsync("old", Write([1, 2, 3]), default));
            await deleting;

            Assert.True(await Store.VerifyAsync(info, default));
        }
    }

    [Fact]
    public async Task FetchAsync_ChangedInPlace_IsRefused()
    {
        var info = await Store.WriteAsync("x.bin", Write(Content), default);
        (await Store.FetchAsync(info, default)).Dispose();

        // Of equal length, with the old time: as a disk or a careless copy changes it.
        var path = _directory.File("x.bin");
        var time = File.GetLastWriteTimeUtc(path);
        using (var file = File.OpenWrite(path)) file.WriteByte(1);
        File.SetLastWriteTimeUtc(path, time);
        Assert.False(await Store.VerifyAsync(info, default));
        File.WriteAllBytes(path, Content[..^1]);
        Assert.False(await Store.VerifyAsync(info, default));
        File.WriteAllBytes(path, Content);
        Assert.True(await Store.VerifyAsync(info, default));
    }

    [Fact]
    public async Task FetchAsync_Cancelled_EndsInTheMiddleOfAFile()
    {
        // Holes on the disk, and hours of hashing: whoever does not listen is noticed by the suite's own limit.
        const long Terabyte = 1L << 40;
        using (var file = File.Create(_directory.File("huge.bin"))) file.SetLength(Terabyte);
        using var cancellation = new CancellationTokenSource();
        cancellation.CancelAfter(TimeSpan.FromMilliseconds(100));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => Store.FetchAsync(new ArtifactInfo("huge.bin", Terabyte, new string('0', 64)), cancellation.Token));
    }

    [Fact]
    public void Constructor_LeftOversOfKilledWriters_SweepsOldOnesOnly()
    {
        var old = _directory.Write(".unfinished/.tmp-old", [1]);
        var young = _directory.Write(".unfinished/.tmp-young", [1]);
        File.SetLastWriteTimeUtc(old, DateTime.UtcNow.AddMinutes(-61));
        File.SetLastWriteTimeUtc(young, DateTime.UtcNow.AddMinutes(-59));

        var store = new DirectoryArtifactStore(_directory.Path);

        Assert.False(File.Exists(old));
        Assert.True(File.Exists(young));
        Assert.Empty(store.List(""));
    }

    /// <summary>Listing a folder shows in its times.</summary>
    [Fact]
    public async Task Constructor_ManyArtifacts_WalksNothing()
    {
        await Store.WriteAsync("runs/a", Write([1]), default);
        var before = Directory.GetLastAccessTimeUtc(_directory.File("runs"));
        Directory.SetLastAccessTimeUtc(_directory.File("runs"), before.AddYears(-1));
        var set = Directory.GetLastAccessTimeUtc(_directory.File("runs"));

        _ = new DirectoryArtifactStore(_directory.Path);

        Assert.Equal(set, Directory.GetLastAccessTimeUtc(_directory.File("runs")));
        Assert.Single(Directory.GetFiles(_directory.File("runs")));
        if (Directory.GetLastAccessTimeUtc(_directory.File("runs")) == set)
            throw GoldenData.Skipped($"the file system of {_directory.Path} notes no times of access: listing a folder does not show there");
    }

    [Fact]
    public void Constructor_RootIsAFile_SaysSo()
    {
        var file = _directory.Write("file", [1]);

        var error = Assert.Throws<BadInputException>(() => new DirectoryArtifactStore(Path.Combine(file, "store")));

        Assert.Contains(file, error.Message);
    }

    private IEnumerable<string> Visible() =>
        Directory.GetFileSystemEntries(_directory.Path).Select(e => Path.GetFileName(e)!).Where(n => n[0] != '.');
}
