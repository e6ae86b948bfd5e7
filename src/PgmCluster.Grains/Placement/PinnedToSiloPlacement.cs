namespace PgmCluster.Grains.Placement;

/// <summary>Strategy behind <see cref="PinnedToSiloAttribute"/>.</summary>
[GenerateSerializer, Immutable]
public sealed class PinnedToSiloPlacement : PlacementStrategy;
