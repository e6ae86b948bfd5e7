using Orleans.Placement;

namespace PgmCluster.Grains.Placement;

/// <summary>Places a grain on a silo without devices where there is one: what coordinates does not die with what computes.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class PreferControlSiloAttribute : PlacementAttribute
{
    public PreferControlSiloAttribute() : base(new PreferControlSiloPlacement()) { }

    /// <summary>
    /// Whether it goes back to one where it was placed beside devices for want of one (<see cref="ReturnToControl"/>): it has to be as right
    /// after that as after a kill.
    /// </summary>
    public bool Returns { get; init; }
}
