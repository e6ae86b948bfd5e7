using PgmCluster.Contracts.Devices;

namespace PgmCluster.Grains.Jobs;

/// <summary>Losses and faults of a part, counted until a retry would only repeat them.</summary>
internal static class PartTroubles
{
    /// <summary>Counts what a device or the scheduler reports.</summary>
    /// <param name="part">Of the job.</param>
    /// <param name="report">Of its loss or of a fault.</param>
    /// <param name="reached">The furthest unit that it reached.</param>
    /// <param name="logger">Of the job.</param>
    /// <returns>Why it is given up; null where it may be tried again.</returns>
    public static string? Count(WorkPart part, WorkReport report, long reached, ILogger logger)
    {
        if (report.State == WorkState.Faulted)
        {
            part.CountFault(report.Progress.Done, report.Worker ?? "");
            var error = report.Error ?? $"Work {report.WorkId} failed without a message.";
            JobLog.Faulted(logger, report.WorkId, report.Generation, report.Worker, part.FaultMark, error);
            return PoisonRule.OfFaults(part.FaultedOn, error);
        }
        if (report is { State: WorkState.Lost, Orderly: false }) part.CountDeath(Math.Max(report.Progress.Done, reached));
        JobLog.Lost(logger, report.WorkId, report.Generation, part.Losses);
        return PoisonRule.OfDeaths(part.Losses, report.WorkId, part.LossMark);
    }
}
