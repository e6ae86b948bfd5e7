using PgmCluster.Contracts.Jobs;
using PgmCluster.Data.Artifacts;

namespace PgmCluster.Grains.Jobs;

/// <summary>The same thing on both sides of the wire: Data knows nothing of Orleans, clients know nothing of Data.</summary>
internal static class ArtifactMapping
{
    public static ArtifactReference ToReference(this ArtifactInfo info) => new(info.Name, info.Size, info.Sha256);

    public static ArtifactInfo ToInfo(this ArtifactReference reference) => new(reference.Name, reference.Size, reference.Sha256);
}
