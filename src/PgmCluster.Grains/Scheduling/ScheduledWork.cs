using System.Text.Json.Serialization;
using PgmCluster.Contracts.State;

namespace PgmCluster.Grains.Scheduling;

/// <summary>Work in the scheduler's state.</summary>
[GenerateSerializer]
public sealed class ScheduledWork
{
    [Id(0)] public string WorkId { get; set; } = "";

    [Id(1)] public long Generation { get; set; }

    [Id(2)] public string Kind { get; set; } = "";

    [Id(3)] public string Document { get; set; } = "";

    /// <summary>The owner's grain id as text.</summary>
    [Id(4)] public string Owner { get; set; } = "";

    [Id(5)] public DateTimeOffset SubmittedAt { get; set; }

    [Id(6)] public int MinWorkers { get; set; } = 1;

    /// <summary>Above 1 the work is a gang.</summary>
    [Id(7)] public int MaxWorkers { get; set; } = 1;

    [Id(8)] public int Priority { get; set; }

    [Id(9)] public string User { get; set; } = "";

    /// <summary>Only devices with this fingerprint; null for any.</summary>
    [Id(10)] public string? Numerics { get; set; }

    /// <summary>Since when it waits without a break; what was taken from its device keeps its place, but begins to wait anew.</summary>
    [Id(11)] public DateTimeOffset WaitingSince { get; set; }

    /// <summary>The priority that it had reached by waiting when it was placed.</summary>
    [Id(12)] public long GrantedPriority { get; set; }

    /// <summary>When it was placed.</summary>
    [Id(13)] public DateTimeOffset GrantedAt { get; set; }

    /// <summary>What a newer version has stored here; kept as it is.</summary>
    [JsonExtensionData]
    [field: NonSerialized]
    public UnknownMembers? Unknown { get; set; }

    public ScheduledWork Copy() => (ScheduledWork)MemberwiseClone();
}
