using Orleans.Runtime.Placement;

namespace PgmCluster.Grains.Placement;

/// <summary>Finds the silo by name among the active members.</summary>
public sealed class PinnedToSiloDirector(IClusterMembershipService membership) : IPlacementDirector
{
    public Task<SiloAddress> OnAddActivation(PlacementStrategy strategy, PlacementTarget target, IPlacementContext context)
    {
        var key = target.GrainIdentity.Key.ToString()!;
        var name = WorkerKey.SiloOf(key);
        // Of two lives of one silo the later one counts: the membership may not know yet that the earlier is dead.
        var silo = membership.CurrentSnapshot.Members.Values
            .Where(m => m.Status == SiloStatus.Active && m.Name == name)
            .Select(m => m.SiloAddress)
            .MaxBy(a => a.Generation);
        if (silo is null || !context.GetCompatibleSilos(target).Contains(silo))
            throw new OrleansException($"Reaching device {key}: silo '{name}' is not an active member of the cluster.");
        return Task.FromResult(silo);
    }
}
