using System.Text.Json.Serialization;
using PgmCluster.Contracts.State;

namespace PgmCluster.Grains.Scheduling.Rows;

/// <summary>
/// Work that waits or runs. Written once when it is submitted, and not again: what comes of it stands in its leases.
/// </summary>
public sealed record ScheduledWork
{
    public required string WorkId { get; init; }

    public long Generation { get; init; }

    /// <summary>Which work item its document describes. The document is stored with it and read when a device is given it.</summary>
    public string Kind { get; init; } = "";

    /// <summary>The owner's grain id as text.</summary>
    public string Owner { get; init; } = "";

    public DateTimeOffset SubmittedAt { get; init; }

    /// <summary>Its place among work submitted at the same time.</summary>
    public long Number { get; init; }

    public int MinWorkers { get; init; } = 1;

    /// <summary>Above 1 the work is a gang.</summary>
    public int MaxWorkers { get; init; } = 1;

    public int Priority { get; init; }

    public string User { get; init; } = "";

    /// <summary>Only devices with this fingerprint; null for any.</summary>
    public string? Numerics { get; init; }

    /// <summary>Since when it waits without a break; what was taken from its device keeps its place, but begins to wait anew.</summary>
    public DateTimeOffset WaitingSince { get; init; }

    /// <summary><see cref="WaitingSince"/>, also of work from versions that did not store it.</summary>
    internal DateTimeOffset Waits => WaitingSince == default ? SubmittedAt : WaitingSince;

    /// <summary>It gets no device while an older generation of it has one: both would write the same files.</summary>
    public bool AfterOlder { get; init; }

    /// <summary>What a newer version has stored here; kept as it is.</summary>
    [JsonExtensionData]
    public UnknownMembers? Unknown { get; init; }
}
