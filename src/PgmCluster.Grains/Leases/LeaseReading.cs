namespace PgmCluster.Grains.Leases;

/// <summary>How far somebody knows what was heard.</summary>
/// <param name="Life">Tells one activation of the lease grain from the next, which has heard of nobody yet.</param>
/// <param name="Heartbeats">That it had taken.</param>
[GenerateSerializer, Immutable, Alias("pgm.LeaseReading")]
internal sealed record LeaseReading([property: Id(0)] string Life, [property: Id(1)] long Heartbeats);
