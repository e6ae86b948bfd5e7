using Orleans.Placement;

namespace PgmCluster.Grains.Placement;

/// <summary>Places a grain on a silo without devices where there is one: what coordinates does not die with what computes.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class PreferControlSiloAttribute : PlacementAttribute
{
    public PreferControlSiloAttribute() : base(new PreferControlSiloPlacement()) { }
}
