namespace PgmCluster.Contracts.Jobs;

/// <summary>
/// Which jobs are deleted together, of those at rest that are not marked to be kept. Without a phase those that have ended: completed,
/// failed or cancelled.
/// </summary>
[GenerateSerializer, Immutable, Alias("pgm.JobSelection")]
public sealed record JobSelection
{
    /// <summary>Only jobs of this kind; null for all.</summary>
    [Id(0)] public JobKind? Kind { get; init; }

    /// <summary>Only jobs that came to rest this way; null for those that have ended.</summary>
    [Id(1)] public JobPhase? Phase { get; init; }

    /// <summary>Only jobs that came to rest longer ago than this; null for all.</summary>
    [Id(2)] public TimeSpan? OlderThan { get; init; }

    /// <summary>Leaves out so many of each kind, those created last; null for none.</summary>
    [Id(3)] public int? KeepNewest { get; init; }
}
