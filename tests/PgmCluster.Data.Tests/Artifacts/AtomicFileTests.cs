using PgmCluster.Data.Artifacts;
using PgmCluster.TestSupport;

namespace PgmCluster.Data.Tests.Artifacts;

public class AtomicFileTests
{
    [Fact]
    public void WriteAllText_MissingDirectories_AreMade()
    {
        using var directory = new TemporaryDirectory();
        var path = directory.File("a/b/c.json");

        AtomicFile.WriteAllText(path, "Größe");
        AtomicFile.WriteAllText(path, "klein");

        Assert.Equal("klein"u8.ToArray(), File.ReadAllBytes(path));
        Assert.Single(Directory.GetFiles(directory.File("a/b")));
    }

    [Fact]
    public void Write_CallbackFails_KeepsTheOldContent()
    {
        using var directory = new TemporaryDirectory();
        var path = directory.Write("x", [1]);

        Assert.Throws<FormatException>(() => AtomicFile.Write(path, stream =>
        {
            stream.WriteByte(2);
            throw new FormatException();
        }));

        Assert.Equal([1], File.ReadAllBytes(path));
        Assert.Single(Directory.GetFiles(directory.Path));
    }

    [Fact]
    public void Write_StoppedWhileItWrites_EndsAtTheNextBytesAndKeepsTheOldContent()
    {
        using var directory = new TemporaryDirectory();
        var path = directory.Write("x", [1]);
        using var stop = new CancellationTokenSource();
        var writes = 0;

        Assert.Throws<OperationCanceledException>(() => AtomicFile.Write(path, stream =>
        {
            for (; writes < 10; writes++)
            {
                stream.Write(new byte[100]);
                if (writes == 3) stop.Cancel();
            }
        }, stop.Token));

        Assert.Equal(4, writes);
        Assert.Equal([1], File.ReadAllBytes(path));
        Assert.Single(Directory.GetFiles(directory.Path));
    }

    [Fact]
    public async Task Write_DiskFull_NamesDirectoryAndLeavesNothing()
    {
        using var disk = new SmallDisk();
        var store = new DirectoryArtifactStore(disk.Path);
        var before = await store.WriteAsync("weights", (stream, ct) => stream.WriteAsync(new byte[1000], ct).AsTask(), default);

        var error = await Assert.ThrowsAsync<StorageFullException>(() => store.WriteAsync("weights", async (stream, ct) =>
        {
            for (var i = 0; i < 400; i++) await stream.WriteAsync(new byte[10_000], ct);
        }, default));

        Assert.Contains(disk.Path, error.Message);
        Assert.Contains("MB free", error.Message);
        Assert.True(await store.VerifyAsync(before, default));
        Assert.Equal([Path.Combine(disk.Path, "weights")], Written(disk));
        Assert.Throws<StorageFullException>(
            () => AtomicFile.Write(Path.Combine(disk.Path, "x"), stream => stream.Write(new byte[3_000_000])));
        Assert.Equal([Path.Combine(disk.Path, "weights")], Written(disk));
    }

    /// <summary>All that holds content: not the store's lock.</summary>
    private static IEnumerable<string> Written(SmallDisk disk) =>
        Directory.GetFiles(disk.Path, "*", SearchOption.AllDirectories).Where(f => new FileInfo(f).Length > 0);
}
