namespace PgmCluster.Data.Artifacts;

/// <summary>What mends a store that takes nothing: its cause says it, and advice for another cause misleads.</summary>
public static class StoreRemedy
{
    private const int NoSpace = 28, ReadOnly = 30, QuotaExceeded = 122;

    /// <param name="failure">What a write met.</param>
    /// <returns>Begins in lower case and has no full stop; null where the failure's own message says what to do.</returns>
    public static string? For(Exception failure) => failure switch
    {
        StoreUnreachableException or StorageFullException or BadInputException => null,
        // A server's refusal speaks of credentials.
        UnauthorizedAccessException { InnerException: not (null or IOException) } => null,
        UnauthorizedAccessException => "make it writable for this user",
        IOException e => (e.HResult & 0xFFFF) switch
        {
            NoSpace or QuotaExceeded => "free space there",
            ReadOnly => "make its file system writable",
            _ => "see that it is there and can be written",
        },
        _ => "see that it is there and can be written",
    };
}
