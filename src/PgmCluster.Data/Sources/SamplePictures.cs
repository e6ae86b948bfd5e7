namespace PgmCluster.Data.Sources;

/// <summary>The pictures that come with the program, to begin with.</summary>
public static class SamplePictures
{
    /// <summary>The name that they are registered under.</summary>
    public const string Name = "fashion-mnist";

    /// <summary>Their directory: beside the program, or in the repository that it was built in; null where there is none.</summary>
    /// <param name="programDirectory">Where the program is.</param>
    public static string? Find(string programDirectory) => Candidates(programDirectory).FirstOrDefault(Directory.Exists);

    private static IEnumerable<string> Candidates(string programDirectory)
    {
        yield return Path.Combine(programDirectory, "sample-data", Name);
        for (var at = new DirectoryInfo(programDirectory); at is not null; at = at.Parent)
            yield return Path.Combine(at.FullName, "deploy", "sample-data", Name);
    }
}
