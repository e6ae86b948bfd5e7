namespace PgmCluster.TestSupport;

/// <summary>The directory of the solution file, found upwards from the test's binaries.</summary>
public static class RepositoryRoot
{
    public static string Path { get; } = Find();

    /// <summary>The built program of a client sample, in the configuration of the running tests.</summary>
    public static string Sample(string name)
    {
        var configuration = AppContext.BaseDirectory.Contains("/Debug/", StringComparison.Ordinal) ? "Debug" : "Release";
        return System.IO.Path.Combine(Path, "deploy", "samples", name, "bin", configuration, "net10.0", $"{name}.dll");
    }

    private static string Find()
    {
        for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            if (File.Exists(System.IO.Path.Combine(directory.FullName, "PgmCluster.sln"))) return directory.FullName;
        }
        throw new InvalidOperationException(
            $"Looking for PgmCluster.sln above {AppContext.BaseDirectory}: not found. Run the tests from a clone of the repository.");
    }
}
