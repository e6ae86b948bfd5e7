using PgmCluster.Data.Artifacts;

namespace PgmCluster.Data.Tests.Artifacts;

public class VerifiedArtifactsTests
{
    [Fact]
    public void Verified_ChangedMissingOrOtherFile_IsRefusedAndNamed()
    {
        using var directory = new TemporaryDirectory();
        var store = new DirectoryArtifactStore(directory.Path);
        var info = store.Write("a/x.bin", s => s.Write(new byte[100_000]));
        var path = store.Verified(info);
        Assert.Equal(path, store.Verified(info));

        // In place, of equal length, with the old time: as a disk or a careless copy changes it.
        var time = File.GetLastWriteTimeUtc(path);
        using (var file = File.OpenWrite(path)) file.WriteByte(1);
        File.SetLastWriteTimeUtc(path, time);
        Assert.Contains("a/x.bin: it has changed since it was written (", Refusal());

        store.Write("a/x.bin", s => s.Write(new byte[100_000]));
        store.Verified(info);
        store.Write("a/x.bin", s => s.Write(new byte[99_999]));
        Assert.Contains("99999 bytes instead of 100000", Refusal());
        store.Delete("a/x.bin");
        Assert.Contains("missing", Refusal());

        string Refusal() => Assert.Throws<DataCorruptException>(() => store.Verified(info)).Message;
    }

    [Fact]
    public void Verified_Cancelled_EndsInTheMiddleOfAFile()
    {
        using var directory = new TemporaryDirectory();
        var store = new DirectoryArtifactStore(directory.Path);
        // Holes on the disk, and hours of hashing: whoever does not listen is noticed by the suite's own limit.
        const long Terabyte = 1L << 40;
        using (var file = File.Create(directory.File("huge.bin"))) file.SetLength(Terabyte);
        using var cancellation = new CancellationTokenSource();
        cancellation.CancelAfter(TimeSpan.FromMilliseconds(100));

        Assert.ThrowsAny<OperationCanceledException>(
            () => store.Verified(new ArtifactInfo("huge.bin", Terabyte, new string('0', 64)), cancellation.Token));
    }
}
