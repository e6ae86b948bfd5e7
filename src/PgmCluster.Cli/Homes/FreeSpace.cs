using PgmCluster.Data;
using PgmCluster.Data.Artifacts;

namespace PgmCluster.Cli.Homes;

/// <summary>Looks for room before anything is begun, so that a disk that is too small is said at once and not after minutes.</summary>
internal static class FreeSpace
{
    /// <exception cref="BadInputException">
    /// Less than <paramref name="megabytes"/> are free where <paramref name="directory"/> is or would be.
    /// </exception>
    public static void Require(string directory, long megabytes, string what)
    {
        var existing = ExistingDirectory.Nearest(Path.GetFullPath(directory));
        long free;
        try
        {
            free = new DriveInfo(existing).AvailableFreeSpace;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return;
        }
        if (free >= megabytes << 20) return;
        throw new BadInputException(
            $"Writing to {directory}: "
            + $"the disk is full or nearly so, {free / 1048576.0:F1} MB are free and {what} needs about {megabytes} MB. "
            + "Make room there or name another directory.");
    }
}
