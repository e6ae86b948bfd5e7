using System.Diagnostics.Metrics;

namespace PgmCluster.Execution.Metering;

/// <summary>How runs get over losses, and what they lose by them.</summary>
public static class RecoveryMeters
{
    private static readonly Meter Meter = new("PgmCluster.Recovery");

    private static readonly Histogram<double> Duration = Meter.CreateHistogram(
        "pgm.training.recovery.duration", "s", "From a loss until the run's next step.",
        advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800] });

    private static readonly Counter<long> LostSteps = Meter.CreateCounter<long>(
        "pgm.training.lost.steps", "{step}", "Steps that were done and have to be done again, because nobody was left who had them.");

    private static readonly KeyValuePair<string, object?> Gang = new("scope", "gang"), Run = new("scope", "run");

    /// <summary>Has counters begin at 0, so that the first loss is seen as a rise.</summary>
    public static void Begin() => LostSteps.Add(0);

    /// <summary>A member that kept its state has done the first step since its gang broke.</summary>
    internal static void GangWentOn(TimeSpan duration) => Duration.Record(duration.TotalSeconds, Gang);

    /// <summary>A run that nobody was left of is at a step again.</summary>
    public static void RunWentOn(TimeSpan duration) => Duration.Record(duration.TotalSeconds, Run);

    /// <summary>A run goes on from an earlier step than it was at.</summary>
    public static void StepsLost(long steps) => LostSteps.Add(steps);
}
