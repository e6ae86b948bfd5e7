using System.Diagnostics.Metrics;

namespace PgmCluster.Execution.Metering;

/// <summary>
/// What this process's devices do of training runs, for whoever listens (<c>System.Diagnostics.Metrics</c>). With nobody listening a
/// record is a comparison. Names as OpenTelemetry has them; <c>deploy/docs/metrics.md</c> says what each means.
/// </summary>
public static class TrainingMeters
{
    /// <summary>Seconds: from what a small model's step takes to what a large one's does.</summary>
    private static readonly double[] Seconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

    private static readonly Meter Meter = new("PgmCluster.Training");

    private static readonly Histogram<double> Step = Meter.CreateHistogram(
        "pgm.training.step.duration", "s", "A training step, from its inputs to the new weights.",
        advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = Seconds });

    private static readonly Counter<double> Time = Meter.CreateCounter<double>(
        "pgm.training.time", "s", "What training spent its time on, as the host sees it.");

    private static readonly Counter<long> Images = Meter.CreateCounter<long>(
        "pgm.training.images", "{image}", "Images trained on: of a gang each member counts its own.");

    private static readonly Counter<long> Tokens = Meter.CreateCounter<long>(
        "pgm.training.tokens", "{token}", "Tokens trained on: of a gang each member counts its own.");

    private static readonly Histogram<double> Checkpoint = Meter.CreateHistogram(
        "pgm.training.checkpoint.duration", "s", "From a checkpoint's snapshot until its run has recorded it.",
        advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = Seconds });

    /// <summary>A step was done.</summary>
    /// <param name="device">The tag that names the device.</param>
    /// <param name="duration">Of all of it.</param>
    /// <param name="images">Examples of this device's micro-batches.</param>
    /// <param name="tokens">Their tokens; 0 where the run trains on images.</param>
    internal static void StepDone(KeyValuePair<string, object?> device, TimeSpan duration, long images, long tokens)
    {
        Step.Record(duration.TotalSeconds, device);
        Images.Add(images, device);
        if (tokens > 0) Tokens.Add(tokens, device);
    }

    /// <summary>Training has spent time on something.</summary>
    internal static void Spent(KeyValuePair<string, object?> device, string phase, TimeSpan duration) =>
        Time.Add(duration.TotalSeconds, device, new KeyValuePair<string, object?>("phase", phase));

    /// <summary>A checkpoint stands, and its run knows it.</summary>
    internal static void CheckpointRecorded(KeyValuePair<string, object?> device, TimeSpan duration) =>
        Checkpoint.Record(duration.TotalSeconds, device);
}
