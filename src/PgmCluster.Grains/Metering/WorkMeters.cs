using System.Diagnostics.Metrics;
using PgmCluster.Grains.Protocol;

namespace PgmCluster.Grains.Metering;

/// <summary>What this process's devices get done beside training steps, and how their work ends.</summary>
internal static class WorkMeters
{
    private static readonly Meter Meter = new("PgmCluster.Work");

    private static readonly Counter<long> Images = Meter.CreateCounter<long>(
        "pgm.work.images", "{image}", "Images tokenized, drawn, scored or indexed.");

    private static readonly Counter<long> Ended = Meter.CreateCounter<long>(
        "pgm.work.ended", "{work}", "Pieces of work that a device has ended, by how.");

    /// <summary>Work has done more of its units.</summary>
    /// <param name="kind">Of the work item.</param>
    /// <param name="unit">What is counted: images are, steps have meters of their own.</param>
    /// <param name="count">How many more.</param>
    public static void Done(string kind, string unit, long count)
    {
        if (unit == "image" && count > 0) Images.Add(count, new KeyValuePair<string, object?>("kind", kind));
    }

    /// <summary>A device has ended work.</summary>
    /// <param name="kind">Of the work item.</param>
    /// <param name="state">As its owner is told.</param>
    public static void HasEnded(string kind, WorkState state) => Ended.Add(
        1, new KeyValuePair<string, object?>("kind", kind), new KeyValuePair<string, object?>("outcome", state switch
        {
            WorkState.Completed => "completed",
            WorkState.Failed => "failed",
            WorkState.Diverged => "diverged",
            WorkState.Stopped => "stopped",
            WorkState.Lost => "lost",
            WorkState.Faulted => "faulted",
            _ => "other",
        }));
}
