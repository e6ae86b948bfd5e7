using PgmCluster.Data.Artifacts;
using PgmCluster.Execution.Work;

namespace PgmCluster.Execution.Registration;

/// <summary>Document of <see cref="WorkKinds.MakeManifest"/>; the result is a <see cref="MakeManifestResult"/>.</summary>
public sealed record MakeManifestWork
{
    /// <summary>Its name.</summary>
    public required string Dataset { get; init; }

    /// <summary>Where the source is.</summary>
    public required string Location { get; init; }

    /// <summary>The <see cref="Data.Manifests.RegistrationPlan"/>.</summary>
    public required ArtifactInfo Plan { get; init; }

    /// <summary>The indexes that were made, in the order of the shards that lacked one.</summary>
    public required IReadOnlyList<ArtifactInfo> Indexes { get; init; }

    /// <summary>As in <see cref="Data.Manifests.SplitRequest"/>, as the next.</summary>
    public int ValidationImages { get; init; }

    public double ValidationShare { get; init; }

    /// <summary>So many pictures may be unreadable.</summary>
    public int SkipUnreadable { get; init; }

    /// <summary>What transparent pixels are composed on, "#rrggbb"; null drops their alpha.</summary>
    public string? Background { get; init; }

    /// <summary>The manifest that the name has by now; null for none.</summary>
    public ArtifactInfo? Known { get; init; }

    /// <summary>Where the files of <see cref="Known"/> are.</summary>
    public string? KnownLocation { get; init; }
}
