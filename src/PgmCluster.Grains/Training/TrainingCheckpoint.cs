using System.Text.Json.Serialization;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Contracts.State;
using PgmCluster.Execution.Documents;
using PgmCluster.Grains.Jobs;

namespace PgmCluster.Grains.Training;

/// <summary>A checkpoint that the run can go on from, as it stands in the run's state: a <see cref="CheckpointRecord"/>.</summary>
/// <param name="Step">Steps done.</param>
/// <param name="Generation">The fence under which it was written.</param>
/// <param name="Manifest">Names and hashes its files.</param>
[GenerateSerializer, Immutable, Alias("pgm.TrainingCheckpoint")]
public sealed record TrainingCheckpoint(
    [property: Id(0)] long Step, [property: Id(1)] long Generation, [property: Id(2)] ArtifactReference Manifest)
{
    /// <summary>What a newer version has stored here; kept as it is.</summary>
    [JsonExtensionData]
    [field: NonSerialized]
    public UnknownMembers? Unknown { get; init; }

    public static TrainingCheckpoint Of(CheckpointRecord record) => new(record.Step, record.Generation, record.Manifest.ToReference());

    public CheckpointRecord ToRecord() => new(Step, Generation, Manifest.ToInfo());
}
