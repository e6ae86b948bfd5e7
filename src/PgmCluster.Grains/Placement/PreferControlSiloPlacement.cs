using Orleans.Runtime.Placement;

namespace PgmCluster.Grains.Placement;

/// <summary>Strategy behind <see cref="PreferControlSiloAttribute"/>.</summary>
[GenerateSerializer, Immutable, Alias("pgm.PreferControlSiloPlacement")]
public sealed class PreferControlSiloPlacement : PlacementStrategy
{
    /// <summary>Key of the silo metadata that lists a silo's devices, separated by commas; empty for a control silo.</summary>
    public const string DevicesKey = "pgm.devices";
}
