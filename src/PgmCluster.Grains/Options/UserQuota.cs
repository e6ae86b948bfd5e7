namespace PgmCluster.Grains.Options;

/// <summary>What one user may have at once.</summary>
/// <param name="Devices">Devices; null for any number.</param>
/// <param name="Jobs">Jobs that are not at rest: queued, running, or about to be; null for any number.</param>
/// <param name="Bytes">Bytes of files in the artifact store, in the folders of the user's jobs; null for any number.</param>
public sealed record UserQuota(int? Devices = null, int? Jobs = null, long? Bytes = null)
{
    /// <summary>All there is.</summary>
    public static UserQuota Unlimited { get; } = new();
}
