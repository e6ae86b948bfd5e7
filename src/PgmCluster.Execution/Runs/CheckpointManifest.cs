using PgmCluster.Data.Artifacts;

namespace PgmCluster.Execution.Runs;

/// <summary>
/// What a checkpoint holds. There is no random state and no data position in it: both are functions of the seed and the step.
/// </summary>
public sealed record CheckpointManifest
{
    /// <summary>Version of this record and of the files' layout.</summary>
    public int FormatVersion { get; init; } = 1;

    public required string RunId { get; init; }

    /// <summary>Steps done.</summary>
    public required long Step { get; init; }

    /// <summary>The fence under which it was written.</summary>
    public required long Generation { get; init; }

    /// <summary>Specification of the run that wrote it.</summary>
    public required string SpecificationSha256 { get; init; }

    /// <summary>Weights and buffers under the reference's names.</summary>
    public required ArtifactInfo Model { get; init; }

    /// <summary>"exp_avg.NAME" and "exp_avg_sq.NAME".</summary>
    public required ArtifactInfo Optimizer { get; init; }

    /// <summary>Averaged weights; null without averaging.</summary>
    public ArtifactInfo? Ema { get; init; }
}
