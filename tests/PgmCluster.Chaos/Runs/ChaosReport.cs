namespace PgmCluster.Chaos.Runs;

/// <summary>What came of a chaos run.</summary>
internal sealed record ChaosReport
{
    public required int Faults { get; init; }

    public required IReadOnlyDictionary<string, int> FaultsByKind { get; init; }

    public required long StepsCommitted { get; init; }

    /// <summary>Steps that had been done and were done again.</summary>
    public required long StepsLost { get; init; }

    /// <summary>Those of them that were lost although a member that held the state survived.</summary>
    public required long StepsLostBySurvivors { get; init; }

    /// <summary>
    /// From a fault to the second step done after it (the first may have been under way in survivors). Without those that took all members,
    /// after which steps are done again since the last checkpoint: they are in <see cref="RecoverySecondsByKind"/> alone.
    /// </summary>
    public required ChaosTimes RecoverySeconds { get; init; }

    public required IReadOnlyDictionary<string, ChaosTimes> RecoverySecondsByKind { get; init; }

    /// <summary>Steps per second under faults over steps per second of the same run with one worker and no faults.</summary>
    public required double ThroughputKept { get; init; }

    public required string? WeightsSha256 { get; init; }

    public required string UndisturbedSha256 { get; init; }

    /// <summary>Weights and tokens are those of the undisturbed jobs.</summary>
    public required bool Equal { get; init; }

    /// <summary>Shards of all tokenizations under faults.</summary>
    public required int Shards { get; init; }

    /// <summary>Shards whose file was written again after they were recorded.</summary>
    public required int ShardsRewritten { get; init; }

    public required int Tokenizations { get; init; }

    /// <summary>Gangs that formed.</summary>
    public required long Generations { get; init; }

    public required double ChaosSeconds { get; init; }

    public required double UndisturbedSeconds { get; init; }

    public required IReadOnlyList<ChaosFault> Log { get; init; }
}
