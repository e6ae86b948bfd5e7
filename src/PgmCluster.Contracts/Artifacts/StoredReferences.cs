using PgmCluster.Contracts.Jobs;

namespace PgmCluster.Contracts.Artifacts;

/// <summary>A part of what records name.</summary>
/// <param name="Uses">Each artifact once for each record that names it.</param>
/// <param name="Jobs">Names of what has a record.</param>
/// <param name="ArtifactId">What marks the artifact store that these records belong to; null from a silo of an older version.</param>
[GenerateSerializer, Immutable, Alias("pgm.StoredReferences")]
public sealed record StoredReferences(
    [property: Id(0)] IReadOnlyList<ArtifactUse> Uses, [property: Id(1)] IReadOnlyList<string> Jobs,
    [property: Id(2)] string? ArtifactId = null);

/// <summary>A record names an artifact.</summary>
/// <param name="Artifact">What it names.</param>
/// <param name="Owner">Whose record it is, such as "training-run r1".</param>
[GenerateSerializer, Immutable, Alias("pgm.ArtifactUse")]
public sealed record ArtifactUse([property: Id(0)] ArtifactReference Artifact, [property: Id(1)] string Owner);
