namespace PgmCluster.Data.Hub;

/// <summary>
/// Where pulled files lie: <c>models/OWNER/NAME/COMMIT/FILE</c> and <c>datasets/OWNER/NAME/COMMIT/FILE</c>. What a revision meant when it
/// was pulled last is in <c>refs/REVISION</c> beside the commits, written once all files are there.
/// </summary>
/// <param name="downloads">The directory that holds them all.</param>
public sealed class HubPlaces(string downloads)
{
    private const string References = "refs", MainRevision = "main";

    /// <summary>The directory that holds them all, absolute.</summary>
    public string Root { get; } = Path.GetFullPath(downloads);

    /// <summary>Where pulled files are unless a directory is named: beside the artifacts, on whatever all silos share.</summary>
    public static string Beside(string artifacts) =>
        Path.Combine(Path.GetDirectoryName(Path.GetFullPath(artifacts).TrimEnd(Path.DirectorySeparatorChar)) ?? "/", "downloads");

    /// <summary>The directory of a repository's files at a commit.</summary>
    public string Of(HubRepository repository, string commit) => Path.Combine(Of(repository), commit);

    /// <summary>A file's place.</summary>
    public string Of(HubSnapshot snapshot, HubFile file) => Path.Combine(Of(snapshot.Repository, snapshot.Commit), file.Path);

    /// <summary>The file that says which commit a revision meant.</summary>
    public string Reference(HubRepository repository, string revision) =>
        Path.Combine(Of(repository), References, Uri.EscapeDataString(revision));

    /// <summary>The files of a repository that was pulled: of the revision "main", else of the one pulled last.</summary>
    /// <returns>A directory; null where none was pulled to its end.</returns>
    public string? Find(HubRepository repository)
    {
        var main = new FileInfo(Reference(repository, MainRevision));
        var found = main.Exists || main.Directory?.Exists != true ? main
            : main.Directory.EnumerateFiles().Where(f => !f.Name.StartsWith('.')).OrderByDescending(f => f.LastWriteTimeUtc)
                .FirstOrDefault() ?? main;
        if (!found.Exists) return null;
        var directory = Of(repository, File.ReadAllText(found.FullName).Trim());
        return Directory.Exists(directory) ? directory : null;
    }

    /// <summary>A file of a model that was pulled, by OWNER/NAME/FILE.</summary>
    /// <returns>Its path; null where there is none, or the name is another thing.</returns>
    public string? FindModelFile(string name)
    {
        var parts = name.Split('/', 3);
        if (parts.Length < 3 || parts.Any(p => p.Length == 0) || parts[2].Split('/').Contains("..")) return null;
        return Find(HubKind.Model, $"{parts[0]}/{parts[1]}") is { } directory
            && Path.Combine(directory, parts[2]) is var path && File.Exists(path) ? path : null;
    }

    /// <summary>The directory of a dataset that was pulled, by OWNER/NAME.</summary>
    /// <returns>Its path; null where there is none, or the name is another thing.</returns>
    public string? FindDataset(string name) => Find(HubKind.Dataset, name);

    private string? Find(HubKind kind, string name)
    {
        try
        {
            return Find(HubRepository.Of(kind, name));
        }
        catch (BadInputException)
        {
            return null;
        }
    }

    private string Of(HubRepository repository) =>
        Path.Combine(Root, repository.Kind == HubKind.Dataset ? "datasets" : "models", repository.Name);
}
