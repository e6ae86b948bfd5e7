using System.Text.Json.Serialization;
using PgmCluster.Contracts.State;
using PgmCluster.Execution.Documents;

namespace PgmCluster.Grains.Evaluation;

/// <summary>One chunk of an evaluation, in states of versions without units.</summary>
/// <param name="Subject">Whose features are taken.</param>
/// <param name="Index">Among the chunks of its subject.</param>
/// <param name="First">Index of its first image among those of its subject.</param>
/// <param name="Count">Number of images.</param>
[GenerateSerializer, Immutable, Alias("pgm.EvaluationChunk")]
public sealed record EvaluationChunk(
    [property: Id(0)] EvaluationSubject Subject, [property: Id(1)] int Index, [property: Id(2)] int First, [property: Id(3)] int Count)
{
    /// <summary>What a newer version has stored here; kept as it is.</summary>
    [JsonExtensionData]
    [field: NonSerialized]
    public UnknownMembers? Unknown { get; init; }
}
