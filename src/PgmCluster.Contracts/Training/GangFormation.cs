using System.Text.Json.Serialization;
using PgmCluster.Contracts.State;

namespace PgmCluster.Contracts.Training;

/// <summary>One forming of a run's gang.</summary>
/// <param name="Generation">Its number.</param>
/// <param name="Step">
/// Steps done in the state that it went on from, as its members held it in memory; -1 where none held any, and the newest checkpoint
/// counted.
/// </param>
/// <param name="Members">Workers in it.</param>
/// <param name="At">When it was stored.</param>
/// <param name="DurableStep">The step of the newest recorded checkpoint at that time.</param>
[GenerateSerializer, Immutable, Alias("pgm.GangFormation")]
public sealed record GangFormation(
    [property: Id(0)] long Generation, [property: Id(1)] long Step, [property: Id(2)] int Members, [property: Id(3)] DateTimeOffset At,
    [property: Id(4)] long DurableStep)
{
    /// <summary>What a newer version has stored here; kept as it is.</summary>
    [JsonExtensionData]
    [field: NonSerialized]
    public UnknownMembers? Unknown { get; init; }
}
