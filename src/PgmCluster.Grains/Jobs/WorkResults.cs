using System.Text.Json;
using PgmCluster.Contracts.Errors;

namespace PgmCluster.Grains.Jobs;

/// <summary>Documents that devices hand over.</summary>
internal static class WorkResults
{
    /// <summary>Reads a document; false where it cannot be read.</summary>
    public static bool Read(string workId, ILogger logger, Action read)
    {
        try
        {
            read();
            return true;
        }
        catch (Exception e) when (e is JsonException or NotSupportedException or PgmException)
        {
            JobLog.UnreadableResult(logger, e, workId);
            return false;
        }
    }

    public static string Unreadable(string workId) =>
        $"Work {workId}: what its device reported cannot be read. Do silos of different versions run? The log has the details.";
}
