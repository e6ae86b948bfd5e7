namespace PgmCluster.TestSupport;

/// <summary>The directory of the solution file, found upwards from the test's binaries.</summary>
public static class RepositoryRoot
{
    public static string Path { get; } = Find();

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
