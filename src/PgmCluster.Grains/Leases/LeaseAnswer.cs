namespace PgmCluster.Grains.Leases;

/// <summary>What a silo is told of its devices' leases.</summary>
/// <param name="Refusal">Why they do not go on, in one line; null where they do.</param>
[GenerateSerializer, Immutable, Alias("pgm.LeaseAnswer")]
internal sealed record LeaseAnswer([property: Id(0)] string? Refusal = null);
