using Orleans.Placement;

namespace PgmCluster.Grains.Placement;

/// <summary>Places a grain on the silo that its key begins with ("siloName/...").</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class PinnedToSiloAttribute : PlacementAttribute
{
    public PinnedToSiloAttribute() : base(new PinnedToSiloPlacement()) { }
}
