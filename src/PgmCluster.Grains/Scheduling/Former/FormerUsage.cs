using System.Text.Json.Serialization;
using PgmCluster.Contracts.State;

namespace PgmCluster.Grains.Scheduling.Former;

/// <summary>Use of devices in <see cref="DeviceSchedulerState"/>.</summary>
[GenerateSerializer, Alias("pgm.FormerUsage")]
public sealed class FormerUsage
{
    [Id(0)] public string User { get; set; } = "";

    [Id(1)] public double Seconds { get; set; }

    [Id(2)] public DateTimeOffset AsOf { get; set; }

    /// <summary>What a newer version has stored here; kept as it is.</summary>
    [JsonExtensionData]
    [field: NonSerialized]
    public UnknownMembers? Unknown { get; set; }
}
