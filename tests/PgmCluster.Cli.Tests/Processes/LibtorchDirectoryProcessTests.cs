using System.Diagnostics;

namespace PgmCluster.Cli.Tests.Processes;

/// <summary>PGM_LIBTORCH: libtorch from a directory instead of the program's own.</summary>
public sealed class LibtorchDirectoryProcessTests : IDisposable
{
    private static readonly string[] Speed =
        ["speed", "--models", "pgm-smoke", "--grid", "4x4", "--codebook", "16", "--classes", "2", "--steps", "2", "--batch-size", "1",
            "--runs", "1", "--drop", "0"];

    private static readonly string[] Needed = ["libc10.so", "libtorch_cpu.so", "libtorch.so"];
    private readonly string _directory = Directory.CreateDirectory(
        Path.Combine(AppContext.BaseDirectory, $"libtorch-{Guid.NewGuid():N}")).FullName;

    [Fact]
    public async Task Speed_LibtorchOfADirectory_ComputesWithIt()
    {
        // Real copies: of links the loader would see that they are the program's own files, and load nothing twice.
        foreach (var file in Directory.GetFiles(AppContext.BaseDirectory, "lib*.so*").Where(
            f => !f.EndsWith("libLibTorchSharp.so", StringComparison.Ordinal)))
            File.Copy(file, Path.Combine(_directory, Path.GetFileName(file)));
        using var run = await PgmProcess.RunWithAsync("PGM_LIBTORCH", _directory, Speed);
        Assert.True(run.ExitCode == 0, run.Error);
    }

    [Fact]
    public async Task Speed_DirectoryWithoutLibtorch_IsRefusedInOneLineNamingWhatIsMissing()
    {
        using var run = await PgmProcess.RunWithAsync("PGM_LIBTORCH", _directory, Speed);
        Assert.Equal(2, run.ExitCode);
        Assert.Contains(
            $"Loading libtorch from {_directory}: {string.Join(", ", Needed)} are not there.", Assert.Single(run.ErrorLines),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Up_DirectoryWithoutLibtorch_IsRefusedInOneLine_NothingStarts()
    {
        var home = Path.Combine(_directory, "home");
        using var run = await PgmProcess.RunWithAsync("PGM_LIBTORCH", _directory, "up", "--home", home, "--devices", "cpu:0");
        Assert.Equal(2, run.ExitCode);
        Assert.Contains($"Loading libtorch from {_directory}", Assert.Single(run.ErrorLines), StringComparison.Ordinal);
        Assert.Equal("", run.Out);
        Assert.False(Directory.Exists(home), "the refused command left its directory");
    }

    /// <summary>What is called libtorch there is another library.</summary>
    [Fact]
    public async Task Speed_WrongLibtorch_IsRefusedInOneLine()
    {
        foreach (var name in Needed) Link(Path.Combine(AppContext.BaseDirectory, "libc10.so"), name);
        using var run = await PgmProcess.RunWithAsync("PGM_LIBTORCH", _directory, Speed);
        Assert.Equal(2, run.ExitCode);
        Assert.Contains(
            $"Loading libtorch from {_directory}: it does not say its version", Assert.Single(run.ErrorLines), StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private void Link(string file, string name)
    {
        using var ln = Process.Start("ln", [file, Path.Combine(_directory, name)]);
        ln.WaitForExit();
        Assert.Equal(0, ln.ExitCode);
    }
}
