using PgmCluster.Grains.Protocol;

namespace PgmCluster.Grains.Jobs.Units;

/// <summary>Losses and faults of a piece of work, counted until a retry would only repeat them.</summary>
internal static class WorkTroubles
{
    /// <summary>Whether a report is of a death or a fault, and not of an end in order.</summary>
    public static bool IsOne(WorkReport report) => report is { State: WorkState.Lost, Orderly: false } or { State: WorkState.Faulted };

    /// <summary>Counts what a device or the scheduler reports.</summary>
    /// <param name="record">Of the work.</param>
    /// <param name="report">Of its loss or of a fault.</param>
    /// <param name="reached">The furthest unit that it reached.</param>
    /// <param name="logger">Of its owner.</param>
    /// <returns>Why it is given up; null where it may be tried again.</returns>
    public static string? Count(WorkRecord record, WorkReport report, long reached, ILogger logger)
    {
        if (report.State == WorkState.Faulted)
        {
            record.CountFault(report.Progress.Done, report.Worker ?? "");
            var error = report.Error ?? NoMessage(report);
            UnitLog.Faulted(logger, report.WorkId, report.Generation, report.Worker, record.FaultMark, error);
            return PoisonRule.OfFaults(record.FaultedOn, error);
        }
        if (report is { State: WorkState.Lost, Orderly: false }) record.CountDeath(Math.Max(report.Progress.Done, reached));
        UnitLog.Lost(logger, report.WorkId, report.Generation, record.Losses);
        return PoisonRule.OfDeaths(record.Losses, report.WorkId, record.LossMark);
    }

    /// <summary>What to say of work that failed and did not say why.</summary>
    public static string NoMessage(WorkReport report) => $"Work {report.WorkId} failed without a message.";
}
