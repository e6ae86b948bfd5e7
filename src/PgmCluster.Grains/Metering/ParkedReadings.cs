using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace PgmCluster.Grains.Metering;

/// <summary>How many runs are parked, as who looks after jobs last counted; the silos without it have none.</summary>
internal sealed class ParkedReadings : IDisposable
{
    private static readonly ConcurrentDictionary<ParkedReadings, byte> Open = [];
    private static readonly Meter Meter = new("PgmCluster.Jobs");

    private static readonly ObservableGauge<long> Gauge = Meter.CreateObservableGauge(
        "pgm.runs.parked",
        () => Open.Keys.Select(r => Interlocked.Read(ref r._count)).Where(c => c >= 0).Select(c => new Measurement<long>(c)).ToList(),
        "{run}", "Training runs that were parked and wait for somebody.");

    private long _count = -1;

    public ParkedReadings() => Open[this] = 0;

    /// <summary>Whether anybody listens, so that it is worth counting.</summary>
    public static bool IsAsked => Gauge.Enabled;

    public void Counted(long runs) => Interlocked.Exchange(ref _count, runs);

    public void Dispose() => Open.TryRemove(this, out _);
}
