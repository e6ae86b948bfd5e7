namespace PgmCluster.Cli.Homes;

/// <summary>What <see cref="PgmHome.Claim"/> changed, to be taken back where the command turns out to be wrong.</summary>
internal sealed class HomeClaim(PgmHome home, bool fresh, string? created)
{
    private bool _keep = !fresh && created is null;

    /// <summary>From now on there is something in the home worth keeping.</summary>
    public void Keep() => _keep = true;

    /// <summary>
    /// Removes what was made, unless the home was there before or <see cref="Keep"/> was called. The silo must have stopped.
    /// </summary>
    public void Undo()
    {
        if (_keep) return;
        _keep = true;
        try
        {
            if (fresh)
            {
                foreach (var directory in HomeContents.Directories) DeleteDirectory(Path.Combine(home.Root, directory));
                File.Delete(home.Marker);
            }
            for (var at = home.Root; created is not null && Directory.Exists(at); at = Path.GetDirectoryName(at)!)
            {
                Directory.Delete(at);
                if (at == created) break;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The error that led here is the one to report.
        }
    }

    private static void DeleteDirectory(string path)
    {
        if (Directory.Exists(path)) Directory.Delete(path, recursive: true);
    }
}
