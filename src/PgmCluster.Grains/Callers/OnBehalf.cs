namespace PgmCluster.Grains.Callers;

/// <summary>
/// A silo's call in the name of somebody whom the silo itself has let in, as by its HTTP API: the audit log says who. It goes with one
/// call, and not with what that call calls; of a client nobody believes it.
/// </summary>
public static class OnBehalf
{
    private const string Key = "pgm.user";

    /// <summary>What is called from here on is in somebody's name.</summary>
    public static void Of(string user) => RequestContext.Set(Key, user);

    /// <summary>Takes the name out of the request context.</summary>
    /// <returns>Null where the call is the silo's own.</returns>
    internal static string? Take()
    {
        if (RequestContext.Get(Key) is not string user) return null;
        RequestContext.Remove(Key);
        return user;
    }
}
