using PgmCluster.Data.Artifacts;
using PgmCluster.Execution.Work;

namespace PgmCluster.Execution.Registration;

/// <summary>Document of <see cref="WorkKinds.IndexShard"/>; the result is an <see cref="IndexShardResult"/>.</summary>
public sealed record IndexShardWork
{
    /// <summary>Where the files lie that the plan names.</summary>
    public required string Location { get; init; }

    /// <summary>How they are laid out.</summary>
    public required string Format { get; init; }

    /// <summary>The <see cref="Data.Manifests.RegistrationPlan"/>.</summary>
    public required ArtifactInfo Plan { get; init; }

    /// <summary>At which byte of it the shard begins.</summary>
    public required long Offset { get; init; }
}
