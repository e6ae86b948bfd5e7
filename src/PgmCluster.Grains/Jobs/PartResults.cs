using System.Text.Json;
using PgmCluster.Contracts.Devices;
using PgmCluster.Contracts.Errors;

namespace PgmCluster.Grains.Jobs;

/// <summary>What devices hand over of a part, and its end.</summary>
internal static class PartResults
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

    public static string Unreadable(WorkReport report) =>
        $"Work {report.WorkId}: what its device reported cannot be read. Do silos of different versions run? The log has the details.";

    /// <summary>Takes a gang's work out of the queue: members that have nothing more to do must not be followed by others.</summary>
    public static async Task Withdraw(IDeviceSchedulerGrain scheduler, string jobId, string workId, long generation, ILogger logger)
    {
        try
        {
            await scheduler.Withdraw(workId, generation);
        }
        catch (Exception e)
        {
            // Whoever is given it is refused when it comes.
            JobLog.HaltFailed(logger, e, jobId);
        }
    }
}
