using PgmCluster.Contracts.Jobs;

namespace PgmCluster.Grains.Training;

/// <summary>A checkpoint that the run can go on from.</summary>
/// <param name="Step">Steps done.</param>
/// <param name="Generation">The fence under which it was written.</param>
/// <param name="Manifest">Names and hashes its files.</param>
[GenerateSerializer, Immutable]
public sealed record TrainingCheckpoint(
    [property: Id(0)] long Step, [property: Id(1)] long Generation, [property: Id(2)] ArtifactReference Manifest);
