namespace PgmCluster.Contracts.Errors;

/// <summary>
/// What kind of refusal or failure a <see cref="PgmException"/> is, for programs that decide by it. Numbers stay what they are.
/// </summary>
/// <remarks>
/// New kinds become new codes here and never new types of exceptions: a client of an older version could not read such an exception at
/// all, and takes a code that it does not know for <see cref="Failed"/>.
/// </remarks>
public enum PgmErrorCode
{
    /// <summary>The work failed, or an older silo does not say why.</summary>
    Failed = 0,

    /// <summary>The request is wrong by itself: an unknown word, a bad value, damaged input. Repeating it cannot help.</summary>
    Invalid = 1,

    /// <summary>What the request names does not exist.</summary>
    NotFound = 2,

    /// <summary>The request contradicts what is there: an id that belongs to something else, or what is in use.</summary>
    Conflict = 3,

    /// <summary>What is asked for is not done yet. The same request helps later.</summary>
    NotReady = 4,

    /// <summary>The database, the store or another part that is needed does not answer now. The same request helps once it does.</summary>
    Unavailable = 5,

    /// <summary>A fault of the silo or of what it has stored; its log says more.</summary>
    Internal = 6,

    /// <summary>The caller may not call this: it is for the cluster's own silos.</summary>
    Denied = 7,
}
