using System.Collections.Concurrent;
using PgmCluster.TestSupport.Processes;

namespace PgmCluster.TestSupport;

/// <summary>
/// A sample as its readers have it: outside of the repository, built from packages of a folder of its own and nothing else of this
/// repository. Packages of others come from this machine's cache, and nothing is put into that.
/// </summary>
public static class PackagedSample
{
    private static readonly ConcurrentDictionary<string, Lazy<Task<string>>> s_built = new();

    /// <summary>The sample's program, built once a process.</summary>
    /// <param name="name">Of its folder under <c>deploy/samples</c>.</param>
    /// <param name="library">The project that it uses; what that depends on is packed with it.</param>
    public static Task<string> ProgramAsync(string name, string library) =>
        s_built.GetOrAdd(name, _ => new Lazy<Task<string>>(() => BuildAsync(name, library))).Value;

    private static async Task<string> BuildAsync(string name, string library)
    {
        var directory = Directory.CreateTempSubdirectory("pgm-packages-").FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(directory, recursive: true);
        var (feed, program, version) = (Path.Combine(directory, "feed"), Path.Combine(directory, "program"),
            $"0.1.0-test.{Environment.ProcessId}");
        await Dotnet.RunAsync(
            RepositoryRoot.Path, "pack", "--no-build", "-c", Dotnet.Configuration, $"src/{library}", "-o", feed,
            $"-p:PackageVersion={version}", "-v", "q", "-nologo");

        Directory.CreateDirectory(program);
        foreach (var file in Directory.GetFiles(Path.Combine(RepositoryRoot.Path, "deploy", "samples", name)))
            File.Copy(file, Path.Combine(program, Path.GetFileName(file)));
        var cache = Environment.GetEnvironmentVariable("NUGET_PACKAGES")
            ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        await Dotnet.RunAsync(
            program, "build", "-c", "Release", "-v", "q", "-nologo", "-o", "out", $"-p:PgmClusterVersion={version}",
            "-p:NuGetAudit=false", "-p:UseSharedCompilation=false",
            $"-p:RestoreSources={feed}", $"-p:RestorePackagesPath={Path.Combine(directory, "packages")}",
            $"-p:RestoreFallbackFolders={cache}",
            "-p:CreateHardLinksForCopyLocalIfPossible=true");
        return Path.Combine(program, "out", $"{name}.dll");
    }
}
