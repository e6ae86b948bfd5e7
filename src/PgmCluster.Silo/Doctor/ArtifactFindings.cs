using PgmCluster.Data;
using PgmCluster.Data.Artifacts.Opening;
using PgmCluster.Execution.Doctor;
using PgmCluster.Silo.Errors;
using PgmCluster.Silo.Hosting;
using PgmCluster.Silo.Options;
using PgmCluster.Silo.Storage;

namespace PgmCluster.Silo.Doctor;

/// <summary>The artifact store: whose it is, and whether files can be kept in it.</summary>
internal static class ArtifactFindings
{
    private const string Subject = "artifact store";

    /// <param name="options">With the store.</param>
    /// <param name="database">Null where it cannot be used: then nothing is known of the store's cluster.</param>
    public static Finding Look(SiloOptions options, ExaminedDatabase? database)
    {
        var probed = ArtifactStores.IsRemote(options.ArtifactsPlace)
            ? BucketProbe.Look(Subject, options)
            : DirectoryProbe.Look(Subject, options.ArtifactsPlace, "name another one (Pgm:Artifacts, PGM_ARTIFACTS)");
        if (probed.State == FindingState.Failed || database is null) return probed;
        try
        {
            ArtifactOwner.Check(options.ArtifactsPlace, database.Owner?.ArtifactId, options.ClusterId);
            return probed;
        }
        catch (Exception e) when (e is SiloStartException or IOException or UnauthorizedAccessException or BadInputException)
        {
            return Findings.Failed(Subject, e.Message);
        }
    }
}
