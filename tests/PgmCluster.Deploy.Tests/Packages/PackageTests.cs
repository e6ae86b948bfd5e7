using System.Diagnostics;
using System.Text.RegularExpressions;
using PgmCluster.TestSupport;

namespace PgmCluster.Deploy.Tests.Packages;

/// <summary>The libraries as packages: a program outside of the repository is built from them alone, and runs.</summary>
public sealed class PackageTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("pgm-packages-").FullName;

    [Fact]
    public void TrainWithoutSilo_BuiltFromPackagesOutsideTheRepository_LearnsSavesAndDraws()
    {
        var (feed, program, version) = (Path.Combine(_directory, "feed"), Path.Combine(_directory, "program"),
            $"0.1.0-test.{Environment.ProcessId}");
        var configuration = AppContext.BaseDirectory.Contains("/Debug/", StringComparison.Ordinal) ? "Debug" : "Release";
        foreach (var project in new[] { "Data", "Modeling", "Execution" })
            Run(
                RepositoryRoot.Path, "dotnet", "pack", "--no-build", "-c", configuration, $"src/PgmCluster.{project}", "-o", feed,
                $"-p:PackageVersion={version}", "-v", "q", "-nologo");

        Directory.CreateDirectory(program);
        foreach (var file in Directory.GetFiles(Path.Combine(RepositoryRoot.Path, "deploy", "samples", "TrainWithoutSilo")))
            File.Copy(file, Path.Combine(program, Path.GetFileName(file)));
        // Public packages come from this machine's cache and nothing is put into it.
        var cache = Environment.GetEnvironmentVariable("NUGET_PACKAGES")
            ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        Run(program, "dotnet", "build", "-c", "Release", "-v", "q", "-nologo", "-o", "out", $"-p:PgmClusterVersion={version}",
            "-p:NuGetAudit=false",
            $"-p:RestoreSources={feed}", $"-p:RestorePackagesPath={Path.Combine(_directory, "packages")}",
            $"-p:RestoreFallbackFolders={cache}",
            "-p:CreateHardLinksForCopyLocalIfPossible=true");

        var output = Run(program, "dotnet", Path.Combine("out", "TrainWithoutSilo.dll"), "weights.safetensors");
        var match = Regex.Match(output, @"loss ([0-9.]+) -> ([0-9.]+); rows drawn for classes 0 and 1: (.*)");
        Assert.True(match.Success, output);
        Assert.True(match.Groups[3].Value == "0 1 2 3 4 5 6 7", output);
        Assert.True(File.Exists(Path.Combine(program, "weights.safetensors")));
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private static string Run(string directory, string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = directory,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // The test's own build engine must not decide which one is used.
        foreach (var name in start.Environment.Keys.Where(k => k.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase)).ToList())
            start.Environment.Remove(name);
        (start.Environment["DOTNET_CLI_TELEMETRY_OPTOUT"], start.Environment["MSBUILDDISABLENODEREUSE"]) = ("1", "1");
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)}: {output}{errors.Result}");
        return output;
    }
}
