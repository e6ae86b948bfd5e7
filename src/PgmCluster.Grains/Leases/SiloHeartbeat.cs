using PgmCluster.Contracts.Devices;

namespace PgmCluster.Grains.Leases;

/// <summary>What a silo says of its devices.</summary>
/// <param name="SiloName">Its name.</param>
/// <param name="Devices">All that it offers or that compute; one that hangs is not among them.</param>
[GenerateSerializer, Immutable, Alias("pgm.SiloHeartbeat")]
internal sealed record SiloHeartbeat([property: Id(0)] string SiloName, [property: Id(1)] IReadOnlyList<DeviceInfo> Devices);
