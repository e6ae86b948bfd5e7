using System.Diagnostics;
using System.Text.RegularExpressions;

namespace PgmCluster.Deploy.Tests.Images;

/// <summary>
/// silo-cuda takes libtorch from the package, or from a directory: the build argument LIBTORCH says which, everywhere in the same way.
/// </summary>
public sealed class SiloCudaTests : IDisposable
{
    private const string Argument = "LIBTORCH=\"\"";
    private readonly string _directory = Directory.CreateTempSubdirectory("pgm-silo-cuda-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void Program_LooksForLibtorchWhereTheImageHasTheDirectory()
    {
        var image = Dockerfile.Get("silo-cuda").Instructions;
        Assert.All(new[] { "publish-cuda", "silo-cuda" }, stage => Assert.Contains(("ARG", Argument), Dockerfile.Get(stage).Instructions));
        var named = Regex.Match(
            image.Single(i => i.Text.StartsWith("PGM_LIBTORCH=", StringComparison.Ordinal)).Text,
            @"^PGM_LIBTORCH=\$\{LIBTORCH:\+(/\S+)\}$");
        Assert.True(named.Success, "PGM_LIBTORCH has to be empty where libtorch comes from the package");
        Assert.Contains(("COPY", $"--from=publish-cuda /out/libtorch/ {named.Groups[1].Value}/"), image);
    }

    [Fact]
    public void Publish_WithoutTheArgument_TakesThePackage()
    {
        var (code, error, calls) = Publish("");

        Assert.True(code == 0, error);
        Assert.Equal(2, calls.Length);
        Assert.All(calls, c => Assert.Contains("-p:TorchBackend=cuda", c, StringComparison.Ordinal));
        Assert.Equal(["libprogram.so"], Files("out/silo-natives"));
        Assert.Empty(Files("out/libtorch"));
    }

    [Fact]
    public void Publish_Directory_TakesEveryLibraryOfItAndNoPackage()
    {
        foreach (var file in new[] { "libc10.so", "libtorch_cpu.so", "libtorch.so", "libtorch_cuda.so", "libcudnn.so.9", "readme.txt" })
            Give(file);
        var (code, error, calls) = Publish("directory");

        Assert.True(code == 0, error);
        Assert.All(calls, c => Assert.Contains("-p:TorchBackend=none", c, StringComparison.Ordinal));
        Assert.Equal(["libc10.so", "libcudnn.so.9", "libtorch.so", "libtorch_cpu.so", "libtorch_cuda.so"], Files("out/libtorch"));
        Assert.Equal(["libprogram.so"], Files("out/silo-natives"));
    }

    [Fact]
    public void Publish_DirectoryThatHasNoLibtorch_EndsTheBuildInOneLine()
    {
        Give("libc10.so");
        var (code, error, _) = Publish("directory");

        Assert.Equal(2, code);
        Assert.Equal(
            "Taking libtorch from the build context 'libtorch': libtorch_cpu.so is not in it. Give a directory that has it: "
            + "--build-context libtorch=DIR.", error.Trim());
    }

    private void Give(string file) =>
        File.WriteAllText(Path.Combine(Directory.CreateDirectory(Path.Combine(_directory, "libtorch")).FullName, file), file);

    private string[] Files(string folder) =>
        [.. Directory.GetFiles(Path.Combine(_directory, folder)).Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal)];

    /// <summary>
    /// The Dockerfile's own commands, with directories of this test for those of the image and a stand-in for dotnet, which writes down
    /// what it is asked.
    /// </summary>
    private (int Code, string Error, string[] Calls) Publish(string libtorch)
    {
        var run = Dockerfile.Get("publish-cuda").Instructions.Single(
            i => i.Name == "RUN" && i.Text.StartsWith("--mount", StringComparison.Ordinal)).Text;
        Assert.StartsWith("--mount=type=bind,from=libtorch,target=/libtorch ", run, StringComparison.Ordinal);
        Assert.Contains(Dockerfile.Stages, s => s.Name == "libtorch");
        var commands = Regex.Replace(run[run.IndexOf(' ')..], @"(?<=[\s""])/(out|libtorch)(?=[/\s])", $"{_directory}/$1");
        var tools = Directory.CreateDirectory(Path.Combine(_directory, "tools")).FullName;
        var dotnet = Path.Combine(tools, "dotnet");
        File.WriteAllText(
            dotnet,
            $"#!/bin/sh\necho \"$@\" >> {_directory}/calls\nmkdir -p {_directory}/out/silo\ntouch {_directory}/out/silo/libprogram.so "
            + $"{_directory}/out/silo/pgm.dll\n");
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(dotnet, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        var start = new ProcessStartInfo("sh", ["-c", commands]) { RedirectStandardError = true };
        start.Environment["PATH"] = $"{tools}:{Environment.GetEnvironmentVariable("PATH")}";
        start.Environment["LIBTORCH"] = libtorch;
        using var shell = Process.Start(start)!;
        var error = shell.StandardError.ReadToEnd();
        shell.WaitForExit();
        return (shell.ExitCode, error, File.ReadAllLines(Path.Combine(_directory, "calls")));
    }
}
