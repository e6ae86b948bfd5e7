using PgmCluster.Data.Artifacts;

namespace PgmCluster.Execution.Registration;

/// <summary>A dataset's manifest.</summary>
/// <param name="Manifest">The <see cref="Data.Manifests.DatasetManifest"/>.</param>
public sealed record MakeManifestResult(ArtifactInfo Manifest);
