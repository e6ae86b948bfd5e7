using PgmCluster.Data;

namespace PgmCluster.Cli.Homes;

/// <summary>The names that this program writes in a home, and nobody else's.</summary>
internal static class HomeContents
{
    /// <summary>
    /// Removed in this order: without the state the artifacts mean nothing, while state without artifacts would be a lie.
    /// </summary>
    public static readonly IReadOnlyList<string> Directories = ["state", "artifacts", "run", "logs", "quickstart", "study"];

    public static readonly IReadOnlyList<string> Files = ["summary.json", "grid.png", "loss.png"];

    /// <summary>Removes everything of ours; the directory and its marker stay. No silo may run on it.</summary>
    /// <exception cref="BadInputException">The directory is not ours, or cannot be written.</exception>
    public static void Remove(PgmHome home)
    {
        if (home.IsForeign())
        {
            throw new BadInputException(
                $"Starting over in {home.Root}: it holds files but no {PgmHome.MarkerName}, so no quickstart made it. "
                + "Name another directory with --out.");
        }
        try
        {
            foreach (var name in Directories)
            {
                var path = Path.Combine(home.Root, name);
                if (Directory.Exists(path)) Directory.Delete(path, recursive: true);
            }
            foreach (var name in Files) File.Delete(Path.Combine(home.Root, name));
        }
        catch (DirectoryNotFoundException)
        {
            // Nothing there is the state that is wanted.
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BadInputException(
                $"Starting over in {home.Root}: {e.Message.TrimEnd('.')}. Remove it by hand or name another directory with --out.", e);
        }
    }
}
