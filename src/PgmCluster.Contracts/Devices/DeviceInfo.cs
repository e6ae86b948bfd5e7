namespace PgmCluster.Contracts.Devices;

/// <summary>One device as the scheduler sees it.</summary>
[GenerateSerializer, Immutable, Alias("pgm.DeviceInfo")]
public sealed record DeviceInfo
{
    /// <summary>Key of the worker grain: "siloName/device".</summary>
    [Id(0)] public required string Worker { get; init; }

    /// <summary>The silo whose process computes on it.</summary>
    [Id(1)] public required string SiloName { get; init; }

    /// <summary>"cpu:0", "cuda:0", ...</summary>
    [Id(2)] public required string Device { get; init; }

    /// <summary>Threads that a CPU device computes with; 1 for others.</summary>
    [Id(3)] public int Threads { get; init; } = 1;

    /// <summary>Instruction set and model of a CPU, or name and compute capability of a GPU.</summary>
    [Id(4)] public string Model { get; init; } = "";

    /// <summary>Tells one life of the worker's process from the next.</summary>
    [Id(5)] public required string Incarnation { get; init; }

    /// <summary>Id of the work it runs now; null when idle.</summary>
    [Id(6)] public string? Work { get; init; }

    /// <summary>By the clock of the scheduler's silo.</summary>
    [Id(7)] public DateTimeOffset LastSeen { get; init; }

    /// <summary>Fingerprint of its arithmetic: devices with different ones give different last bits.</summary>
    [Id(8)] public string Numerics { get; init; } = "";

    /// <summary>
    /// Instructions for products of bfloat16: part of the fingerprint of what is computed in it. Empty where an older silo does not say.
    /// </summary>
    [Id(9)] public string BFloat16 { get; init; } = "";

    /// <summary>Memory of a GPU in bytes; 0 for a CPU.</summary>
    [Id(10)] public long MemoryBytes { get; init; }

    /// <summary>The GPU's own id, the same after a restart, and its driver; empty for a CPU.</summary>
    [Id(11)] public string Uuid { get; init; } = "";

    /// <summary>Version of the GPU's driver; empty for a CPU.</summary>
    [Id(12)] public string Driver { get; init; } = "";

    /// <summary>
    /// Seconds since <see cref="LastSeen"/> when the scheduler answered: both by its clock, so that no other matters. Null from silos that
    /// do not say it.
    /// </summary>
    [Id(13)] public double? SecondsSinceSeen { get; init; }

    /// <summary>What is wrong with it, in one line: it takes no work until it computes rightly again. Null where nothing is.</summary>
    [Id(14)] public string? Problem { get; init; }
}
