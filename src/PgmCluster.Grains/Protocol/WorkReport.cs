using PgmCluster.Contracts.Jobs;

namespace PgmCluster.Grains.Protocol;

/// <summary>What a device says of its work.</summary>
[GenerateSerializer, Immutable, Alias("pgm.WorkReport")]
public sealed record WorkReport
{
    [Id(0)] public required string WorkId { get; init; }

    [Id(1)] public required long Generation { get; init; }

    [Id(2)] public required WorkState State { get; init; }

    [Id(3)] public JobProgress Progress { get; init; } = new();

    /// <summary>JSON: the result when completed; while running, a durable intermediate state (a checkpoint) to be recorded.</summary>
    [Id(4)] public string? Document { get; init; }

    /// <summary>One line when failed or parked; while running, what the work waits for.</summary>
    [Id(5)] public string? Error { get; init; }

    /// <summary>
    /// Set for <see cref="WorkState.Lost"/> where nothing died over the work (a worker that leaves, a start that never happened): not
    /// counted as poison.
    /// </summary>
    [Id(6)] public bool Orderly { get; init; }

    /// <summary>The worker that reports, or that was lost.</summary>
    [Id(7)] public string? Worker { get; init; }

    /// <summary>
    /// Where the scheduler reports a loss: devices that the work still has. Above 0 a gang goes on without the lost one. -1 in a worker's
    /// own report.
    /// </summary>
    [Id(8)] public int Remaining { get; init; }

    /// <summary>Generation of the gang under which the report was made; 0 outside gangs. What carries an older one is refused.</summary>
    [Id(9)] public long GangGeneration { get; init; }

    /// <summary>
    /// Number of the lease under which the work was done: says of two reports of an end whether they are one that was sent twice. 0 from a
    /// silo of before.
    /// </summary>
    [Id(10)] public long Lease { get; init; }

    /// <summary>
    /// Where the scheduler reports a loss: the life of the process whose device was lost. All devices of a process die together, and that
    /// is one death. Null from a silo of before, and elsewhere.
    /// </summary>
    [Id(11)] public string? Process { get; init; }
}
