using PgmCluster.Data;
using PgmCluster.Data.Artifacts;

namespace PgmCluster.Cli.Homes;

/// <summary>Files that the user asked for by name.</summary>
internal static class OutputFile
{
    /// <summary>Refuses a target that cannot work, before minutes are spent on its content.</summary>
    /// <exception cref="BadInputException">The directory is missing or cannot be written.</exception>
    public static void Check(string path)
    {
        var full = Path.GetFullPath(path);
        var directory = Path.GetDirectoryName(full);
        if (directory is null || Directory.Exists(full))
            throw new BadInputException($"Writing {full}: it is a directory. Name a file in it.");
        if (!Directory.Exists(directory))
            throw new BadInputException($"Writing {full}: there is no directory {directory}. Make it or name another place.");
        try
        {
            using var probe = File.Create(Path.Combine(directory, $".probe-{Guid.NewGuid():N}"), 1, FileOptions.DeleteOnClose);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BadInputException($"Writing {full}: {e.Message.TrimEnd('.')}. Name a place that this user may write to.", e);
        }
    }

    /// <summary>The path of a file in a directory that is made if need be.</summary>
    /// <exception cref="BadInputException">The directory cannot be made or written to.</exception>
    public static string InDirectory(string directory, string name)
    {
        try
        {
            Directory.CreateDirectory(directory);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BadInputException(
                $"Writing to {directory}: {e.Message.TrimEnd('.')}. Name a directory that this user may create or write to.", e);
        }
        var path = Path.GetFullPath(Path.Combine(directory, name));
        Check(path);
        return path;
    }

    /// <summary>Copies an artifact as a whole: the old file or the new one, never a part.</summary>
    /// <exception cref="BadInputException">The artifact cannot be seen from here.</exception>
    public static void Copy(PgmHome home, string artifact, string to)
    {
        Stream source;
        var store = home.OpenArtifacts();
        try
        {
            source = store.OpenRead(artifact);
        }
        catch (FileNotFoundException e)
        {
            throw new BadInputException(
                $"Copying {store.PlaceOf(artifact)} to {to}: it was made, but is not to be seen here. "
                + "Set PGM_ARTIFACTS to the cluster's artifact store as this machine sees it, then repeat the command.", e);
        }
        using (source) AtomicFile.Write(to, source.CopyTo);
    }
}
