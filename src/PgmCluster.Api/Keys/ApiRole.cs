namespace PgmCluster.Api.Keys;

/// <summary>What a caller of the HTTP API may do; each may do what those before it may.</summary>
public enum ApiRole
{
    /// <summary>Look at everything.</summary>
    Viewer = 0,

    /// <summary>Submit work, and change what is their own.</summary>
    Submitter = 1,

    /// <summary>Change what is anybody's.</summary>
    Admin = 2,
}
