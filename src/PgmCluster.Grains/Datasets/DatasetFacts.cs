using PgmCluster.Data.Artifacts;
using PgmCluster.Data.Manifests;

namespace PgmCluster.Grains.Datasets;

/// <summary>What reading a source tells.</summary>
/// <param name="Manifest">The dataset.</param>
/// <param name="File">Its artifact.</param>
public sealed record DatasetFacts(DatasetManifest Manifest, ArtifactInfo File);
