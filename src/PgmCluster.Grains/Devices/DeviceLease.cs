namespace PgmCluster.Grains.Devices;

/// <summary>A worker given to a piece of work. Work that needs several workers has several leases.</summary>
[GenerateSerializer]
public sealed class DeviceLease
{
    [Id(0)] public string Worker { get; set; } = "";

    /// <summary>The life of the worker's process that has the work.</summary>
    [Id(1)] public string Incarnation { get; set; } = "";

    [Id(2)] public string WorkId { get; set; } = "";

    [Id(3)] public long Generation { get; set; }

    [Id(4)] public DateTimeOffset Since { get; set; }

    /// <summary>The work was withdrawn or replaced: nobody waits for it, but the device is not free yet.</summary>
    [Id(5)] public bool Stopping { get; set; }
}
