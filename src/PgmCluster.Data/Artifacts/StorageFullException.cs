namespace PgmCluster.Data.Artifacts;

/// <summary>
/// A write found no room on its file system or in its quota. Nothing is left of it. Worth a retry once there is room.
/// </summary>
public class StorageFullException : IOException
{
    private const int NoSpace = 28;
    private const int QuotaExceeded = 122;

    public StorageFullException(string directory, IOException inner) : base(Describe(directory, inner), inner) => HResult = inner.HResult;

    /// <summary>Whether an exception says that the disk or the quota is used up.</summary>
    public static bool IsCause(IOException exception) =>
        exception is not StorageFullException && (exception.HResult & 0xFFFF) is NoSpace or QuotaExceeded;

    private static string Describe(string directory, IOException inner)
    {
        var cause = (inner.HResult & 0xFFFF) == QuotaExceeded ? "the disk quota is used up" : "the disk is full";
        return $"Writing to {directory}: {cause} ({FreeSpace(directory)}). Make room there, or store elsewhere, and try again.";
    }

    private static string FreeSpace(string directory)
    {
        try
        {
            return $"{new DriveInfo(directory).AvailableFreeSpace / (1024.0 * 1024.0):F1} MB free";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return "free space unknown";
        }
    }
}
