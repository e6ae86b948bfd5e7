using System.Text.Json.Serialization;
using PgmCluster.Contracts.State;

namespace PgmCluster.Grains.Scheduling.Former;

/// <summary>Work in <see cref="DeviceSchedulerState"/>.</summary>
[GenerateSerializer, Alias("pgm.FormerWork")]
public sealed class FormerWork
{
    [Id(0)] public string WorkId { get; set; } = "";

    [Id(1)] public long Generation { get; set; }

    [Id(2)] public string Kind { get; set; } = "";

    [Id(3)] public string Document { get; set; } = "";

    [Id(4)] public string Owner { get; set; } = "";

    [Id(5)] public DateTimeOffset SubmittedAt { get; set; }

    [Id(6)] public int MinWorkers { get; set; } = 1;

    [Id(7)] public int MaxWorkers { get; set; } = 1;

    [Id(8)] public int Priority { get; set; }

    [Id(9)] public string User { get; set; } = "";

    [Id(10)] public string? Numerics { get; set; }

    [Id(11)] public DateTimeOffset WaitingSince { get; set; }

    [Id(12)] public long GrantedPriority { get; set; }

    [Id(13)] public DateTimeOffset GrantedAt { get; set; }

    /// <summary>What a newer version has stored here; kept as it is.</summary>
    [JsonExtensionData]
    [field: NonSerialized]
    public UnknownMembers? Unknown { get; set; }
}
