using PgmCluster.Contracts.Datasets;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Grains.Jobs;

namespace PgmCluster.Grains.Datasets;

/// <summary>State of a registration.</summary>
[GenerateSerializer, Alias("pgm.RegistrationJobState")]
public sealed class RegistrationJobState : WorkJobState<RegistrationRequest>
{
    /// <summary>Null until all shards are indexed.</summary>
    [Id(0)] public ArtifactReference? Manifest { get; set; }
}
