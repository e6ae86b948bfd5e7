namespace PgmCluster.Data.Artifacts;

/// <summary>What mends a store that takes nothing: its cause says it, and advice for another cause misleads.</summary>
public static class StoreRemedy
{
    private const int ReadOnly = 30;

    /// <param name="failure">What a write met.</param>
    /// <returns>Begins in lower case and has no full stop; null where the failure's own message says what to do.</returns>
    public static string? For(Exception failure) => failure switch
    {
        StoreUnreachableException or StorageFullException or BadInputException => null,
        // A server's refusal speaks of credentials.
        UnauthorizedAccessException { InnerException: not (null or IOException) } => null,
        UnauthorizedAccessException => "make it writable for this user",
        IOException e when StorageFullException.IsCause(e) => "free space there",
        IOException e when (e.HResult & 0xFFFF) == ReadOnly => "make its file system writable",
        _ => "see that it is there and can be written",
    };

    /// <summary>A further sentence for a message about a write, to stand before its last full stop.</summary>
    /// <param name="failure">What the write met.</param>
    /// <param name="what">What is kept in the store, and that it is: "Artifacts are stored there".</param>
    /// <returns>Empty where the failure's own message says what to do.</returns>
    public static string Sentence(Exception failure, string what) => For(failure) is { } remedy ? $". {what}: {remedy}" : "";
}
