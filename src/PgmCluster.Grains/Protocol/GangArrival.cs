using PgmCluster.Execution.Wire;

namespace PgmCluster.Grains.Protocol;

/// <summary>What a member says of itself when it comes to a meeting.</summary>
[GenerateSerializer, Immutable, Alias("pgm.GangArrival")]
public sealed record GangArrival
{
    [Id(0)] public required string WorkId { get; init; }

    /// <summary>Generation of the assignment by which the device was given to the work.</summary>
    [Id(1)] public required long Generation { get; init; }

    [Id(2)] public required string Worker { get; init; }

    /// <summary>Tells one start of the work on this device from the next.</summary>
    [Id(3)] public required string Incarnation { get; init; }

    /// <summary>The last generation of the gang that it was in; 0 for a new member.</summary>
    [Id(4)] public long GangGeneration { get; init; }

    /// <summary>Steps done in the state it holds in memory; -1 where it holds none.</summary>
    [Id(5)] public required long Step { get; init; }

    /// <summary>Where its data plane listens: "address:port".</summary>
    [Id(6)] public required string Address { get; init; }

    /// <summary>Workers whose connections broke or fell silent.</summary>
    [Id(7)] public IReadOnlyList<string> Lost { get; init; } = [];

    /// <summary>What its version can do in a gang: see <see cref="GangProtocol"/>. 0 of a silo that does not say.</summary>
    [Id(8)] public int Protocol { get; init; }

    /// <summary>Number of the lease under which it has its device. 0 of a silo of before.</summary>
    [Id(9)] public long Lease { get; init; }
}
