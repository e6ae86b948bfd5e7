using System.Text.Json.Serialization;
using PgmCluster.Contracts.State;
using PgmCluster.Grains.Protocol;

namespace PgmCluster.Grains.Training.Gangs;

/// <summary>A member as it was when the gang formed.</summary>
/// <param name="Worker">Key of its worker.</param>
/// <param name="Incarnation">That start of the work on it.</param>
/// <param name="Address">Where its data plane listens.</param>
/// <param name="Step">Steps done in the state that it brought; -1 for none.</param>
[GenerateSerializer, Immutable, Alias("pgm.GangStateMember")]
public sealed record GangStateMember(
    [property: Id(0)] string Worker, [property: Id(1)] string Incarnation, [property: Id(2)] string Address, [property: Id(3)] long Step)
{
    /// <inheritdoc cref="GangArrival.Protocol"/>
    [Id(4)] public int Protocol { get; init; }

    /// <inheritdoc cref="GangArrival.Lease"/>
    [Id(5)] public long Lease { get; init; }

    /// <summary>What a newer version has stored here; kept as it is.</summary>
    [JsonExtensionData]
    [field: NonSerialized]
    public UnknownMembers? Unknown { get; init; }
}
