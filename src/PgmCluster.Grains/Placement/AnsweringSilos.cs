namespace PgmCluster.Grains.Placement;

/// <summary>The members that may answer calls.</summary>
internal static class AnsweringSilos
{
    /// <summary>Also those that leave: until they are gone their devices save work, and what lives there answers.</summary>
    public static IEnumerable<ClusterMember> Answering(this IClusterMembershipService membership) =>
        membership.CurrentSnapshot.Members.Values
            .Where(m => m.Status is SiloStatus.Active or SiloStatus.ShuttingDown or SiloStatus.Stopping);
}
