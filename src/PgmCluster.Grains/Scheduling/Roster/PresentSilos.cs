using PgmCluster.Grains.Placement;

namespace PgmCluster.Grains.Scheduling.Roster;

/// <inheritdoc/>
internal sealed class PresentSilos(IClusterMembershipService membership) : IPresentSilos
{
    public IReadOnlySet<string> Names => membership.Answering().Select(m => m.Name).ToHashSet();
}
