using System.Diagnostics.Metrics;

namespace PgmCluster.Data.Artifacts.Metering;

/// <summary>How long the artifact store takes, and how much goes there and comes from it.</summary>
internal static class StoreMeters
{
    private static readonly Meter Meter = new("PgmCluster.Store");

    private static readonly Histogram<double> Duration = Meter.CreateHistogram(
        "pgm.store.operation.duration", "s", "Operations on the artifact store. Of a write it includes making what is written.",
        advice: new InstrumentAdvice<double>
        {
            HistogramBucketBoundaries = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
        });

    private static readonly Counter<long> Bytes = Meter.CreateCounter<long>(
        "pgm.store.io", "By", "Bytes of artifacts that were written, or fetched to be read.");

    public static void Took(string operation, TimeSpan duration) =>
        Duration.Record(duration.TotalSeconds, new KeyValuePair<string, object?>("operation", operation));

    public static void Moved(string operation, long bytes) => Bytes.Add(bytes, new KeyValuePair<string, object?>("operation", operation));
}
