namespace PgmCluster.Modeling.Optimization;

/// <summary>Where a parameter lies in a flat tensor.</summary>
/// <param name="Name">Name in the state dict.</param>
/// <param name="Offset">First element.</param>
/// <param name="Shape">The parameter's shape.</param>
public sealed record FlatPlace(string Name, long Offset, long[] Shape);
