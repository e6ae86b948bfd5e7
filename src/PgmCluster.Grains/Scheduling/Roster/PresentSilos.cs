namespace PgmCluster.Grains.Scheduling.Roster;

/// <inheritdoc/>
/// <remarks>Also those that leave: their work has time to save itself.</remarks>
internal sealed class PresentSilos(IClusterMembershipService membership) : IPresentSilos
{
    public IReadOnlySet<string> Names => membership.CurrentSnapshot.Members.Values
        .Where(m => m.Status is SiloStatus.Active or SiloStatus.ShuttingDown or SiloStatus.Stopping)
        .Select(m => m.Name).ToHashSet();
}
