namespace PgmCluster.Grains.Placement;

/// <summary>Strategy behind <see cref="PinnedToSiloAttribute"/>.</summary>
[GenerateSerializer, Immutable, Alias("pgm.PinnedToSiloPlacement")]
public sealed class PinnedToSiloPlacement : PlacementStrategy;
