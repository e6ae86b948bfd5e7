namespace PgmCluster.Grains.Scheduling.Roster;

/// <summary>The cluster's silos as the scheduler sees them.</summary>
internal static class Membership
{
    /// <summary>Names of those whose devices may compute: also of those that leave.</summary>
    public static HashSet<string> PresentSilos(this IClusterMembershipService membership) => [.. membership.CurrentSnapshot.Members.Values
        .Where(m => m.Status is SiloStatus.Active or SiloStatus.ShuttingDown or SiloStatus.Stopping)
        .Select(m => m.Name)];
}
