using System.Text.Json.Serialization;
using PgmCluster.Contracts.State;
using PgmCluster.Contracts.Training;

namespace PgmCluster.Grains.Training.Gangs;

/// <summary>
/// A run's present gang, stored before its members hear of it. A record of its own: it is written while turns of the run wait for others.
/// </summary>
[GenerateSerializer, Alias("pgm.GangState")]
public sealed class GangState
{
    [Id(0)] public int FormatVersion { get; set; } = 1;

    /// <summary>How often a gang has formed in the run's life; the fence of everything its members do.</summary>
    [Id(1)] public long Generation { get; set; }

    /// <summary>Generation of the assignment by which the members have their devices.</summary>
    [Id(2)] public long Placement { get; set; }

    /// <summary>By which members recognise each other, where older silos have to know; empty where there is a <see cref="Salt"/>.</summary>
    [Id(3)] public byte[] Secret { get; set; } = [];

    /// <summary>Where it began: the highest step that a member held; -1 where none held any.</summary>
    [Id(4)] public long Step { get; set; } = -1;

    /// <summary>By rank.</summary>
    [Id(5)] public List<GangStateMember> Members { get; set; } = [];

    /// <summary>This generation and those before it, oldest first; as many as are kept.</summary>
    [Id(6)] public List<GangFormation> Formations { get; set; } = [];

    /// <summary>From which, with the cluster's secret, that of the members is made. Tells nobody else anything.</summary>
    [Id(7)] public byte[] Salt { get; set; } = [];

    /// <summary>What a newer version has stored here; kept as it is.</summary>
    [JsonExtensionData]
    [field: NonSerialized]
    public UnknownMembers? Unknown { get; set; }
}
