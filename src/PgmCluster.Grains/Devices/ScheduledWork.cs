namespace PgmCluster.Grains.Devices;

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
}
