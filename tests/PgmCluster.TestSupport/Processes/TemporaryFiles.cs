namespace PgmCluster.TestSupport.Processes;

public static class TemporaryFiles
{
    /// <summary>Deletes a directory; what a process that has just ended still holds is left to the system's own tidying.</summary>
    public static void Delete(string directory)
    {
        try
        {
            if (Directory.Exists(directory)) Directory.Delete(directory, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Nobody is served by a failure here.
        }
    }
}
