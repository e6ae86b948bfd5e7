namespace PgmCluster.Data.Artifacts;

/// <summary>Where a directory is, or would be made.</summary>
public static class ExistingDirectory
{
    /// <summary>The directory, or the nearest one above it that is there.</summary>
    /// <param name="path">Absolute.</param>
    public static string Nearest(string path)
    {
        while (!Directory.Exists(path) && Path.GetDirectoryName(path) is { } parent) path = parent;
        return path;
    }
}
