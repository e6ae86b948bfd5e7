using PgmCluster.Contracts.Jobs;

namespace PgmCluster.Grains.Jobs.Units;

/// <summary>What a unit tells its job.</summary>
[GenerateSerializer, Immutable, Alias("pgm.UnitNews")]
public sealed record UnitNews
{
    [Id(0)] public required int Index { get; init; }

    /// <summary>The job's attempt that this is about; news of an earlier one are out of date.</summary>
    [Id(1)] public required int Attempt { get; init; }

    /// <summary>The unit's present fence.</summary>
    [Id(2)] public required long Generation { get; init; }

    /// <summary>Queued, running, completed, failed or cancelled.</summary>
    [Id(3)] public required JobPhase Phase { get; init; }

    /// <summary>As its device reported it last.</summary>
    [Id(4)] public JobProgress Progress { get; init; } = new();

    /// <summary>Why it failed; while it runs, what it waits for.</summary>
    [Id(5)] public string? Message { get; init; }

    /// <summary>The result's document; set when completed.</summary>
    [Id(6)] public string? Result { get; init; }

    /// <summary>It was to be queued again and could not be: its job starts it anew.</summary>
    [Id(7)] public bool Unqueued { get; init; }
}
