using PgmCluster.Contracts.Devices;

namespace PgmCluster.Grains.Leases;

/// <summary>What was heard since a reading.</summary>
/// <param name="Reading">To be asked since the next time.</param>
/// <param name="Silos">Those that were heard, and no others.</param>
[GenerateSerializer, Immutable, Alias("pgm.LeaseNews")]
internal sealed record LeaseNews([property: Id(0)] LeaseReading Reading, [property: Id(1)] IReadOnlyList<SiloNews> Silos);

/// <summary>What was heard of a silo.</summary>
/// <param name="SiloName">Its name.</param>
/// <param name="Ago">How long ago.</param>
/// <param name="Devices">As it said of them; null where it said nothing new since the reading.</param>
[GenerateSerializer, Immutable, Alias("pgm.SiloNews")]
internal sealed record SiloNews(
    [property: Id(0)] string SiloName, [property: Id(1)] TimeSpan Ago, [property: Id(2)] IReadOnlyList<DeviceInfo>? Devices);
