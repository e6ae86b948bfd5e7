using System.Diagnostics;
using PgmCluster.Data.Blobs;

namespace PgmCluster.Data.Tests.Blobs;

public class DirectoryBlobsTests
{
    [Fact]
    public void List_FilesAndDirectories_AreInOrdinalOrderWithoutLitter()
    {
        using var directory = new TemporaryDirectory();
        foreach (var name in new[] { "b/2", "b/10", "B/x", "a", "._a", "@eaDir/a", "b/Thumbs.db", ".hidden/x" })
            directory.Write(name, new byte[name.Length]);
        Directory.CreateDirectory(directory.File("lost+found"));

        Assert.Equal(
            [At("a", 1), At("B/x", 3), At("b/10", 4), At("b/2", 3)], new DirectoryBlobs(directory.Path).List());

        Blob At(string name, long length) =>
            new(name, length) { Changed = File.GetLastWriteTimeUtc(directory.File(name)).Ticks };
    }

    [Fact]
    public void List_Links_EachDirectoryOnceAndTheRestRemarked()
    {
        using var directory = new TemporaryDirectory();
        directory.Write("a/1", [1]);
        directory.Write("z/target", [1, 2]);
        Directory.CreateSymbolicLink(directory.File("a/loop"), directory.Path);
        Directory.CreateSymbolicLink(directory.File("b"), directory.File("a"));
        File.CreateSymbolicLink(directory.File("a/file"), directory.File("z/target"));
        File.CreateSymbolicLink(directory.File("a/gone"), directory.File("nothing"));
        // Before z in the order of names: z is a directory's own name all the same.
        Directory.CreateSymbolicLink(directory.File("c"), directory.File("z"));
        // What is hidden is listed under the name of the link to it.
        directory.Write(".store/x", [1, 2, 3]);
        Directory.CreateSymbolicLink(directory.File("d"), directory.File(".store"));

        var blobs = new DirectoryBlobs(directory.Path);

        // A link's time is that of the file that is read.
        var target = File.GetLastWriteTimeUtc(directory.File("z/target")).Ticks;
        Assert.Equal(
            [
                new Blob("a/1", 1) { Changed = File.GetLastWriteTimeUtc(directory.File("a/1")).Ticks },
                new Blob("a/file", 2) { Changed = target },
                new Blob("d/x", 3) { Changed = File.GetLastWriteTimeUtc(directory.File(".store/x")).Ticks },
                new Blob("z/target", 2) { Changed = target },
            ],
            blobs.List());
        Assert.Equal(
            [
                "the link a/gone leads to nothing", "the link a/loop leads back to a directory that it lies in",
                "the link b leads to a directory that is listed itself", "the link c leads to a directory that is listed itself",
            ],
            blobs.Remarks);
    }

    [Fact]
    public void List_NameThatIsNotUtf8_IsRefusedInOneLine()
    {
        using var directory = new TemporaryDirectory();
        directory.Write("ok/1.png", [1]);
        // A name of other bytes cannot be made through .NET.
        Bash($"printf x > '{directory.Path}/ok/'$'caf\\xe9.png'");
        BadInputException error;
        try
        {
            error = Assert.Throws<BadInputException>(() => new DirectoryBlobs(directory.Path).List().ToList());
        }
        finally
        {
            Bash($"rm '{directory.Path}/ok/'caf*");
        }

        Assert.Contains("is not UTF-8. Rename it", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Theory]
    [InlineData("../x")]
    [InlineData("a/../../x")]
    [InlineData("/etc/passwd")]
    public async Task OpenAsync_NameOutsideTheDirectory_IsRefused(string name)
    {
        using var directory = new TemporaryDirectory();

        await Assert.ThrowsAsync<ArgumentException>(async () => await new DirectoryBlobs(directory.Path).OpenAsync(name, 0));
    }

    private static void Bash(string command)
    {
        using var process = Process.Start("bash", ["-c", command])!;
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }
}
