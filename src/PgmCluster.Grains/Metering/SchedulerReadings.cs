using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace PgmCluster.Grains.Metering;

/// <summary>
/// What a scheduler that lives in this process last saw: what waits, and what the devices do. Who listens asks for it; the silos without
/// the scheduler have none.
/// </summary>
internal sealed class SchedulerReadings : IDisposable
{
    private static readonly ConcurrentDictionary<SchedulerReadings, byte> Open = [];
    private static readonly Meter Meter = new("PgmCluster.Scheduling");

    private static readonly Histogram<double> Wait = Meter.CreateHistogram(
        "pgm.queue.wait.duration", "s", "How long work has waited that was given its first device.",
        advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.1, 1, 5, 15, 60, 300, 900, 3600, 14400, 86400] });

    private static readonly Histogram<double> Planning = Meter.CreateHistogram(
        "pgm.scheduler.plan.duration", "s", "Making a plan: which work gets which device.",
        advice: new InstrumentAdvice<double>
        {
            HistogramBucketBoundaries = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.25, 1],
        });

    private static readonly ObservableGauge<long> Work = Meter.CreateObservableGauge(
        "pgm.queue.work", () => Observe(r => r.Waiting.Select(w => new Measurement<long>(w.Count, User(w.User)))), "{work}",
        "Pieces of work that wait for a device.");

    private volatile Reading? _reading;

    static SchedulerReadings()
    {
        Meter.CreateObservableGauge(
            "pgm.queue.longest.wait",
            () => Observe(r => r.Waiting.Select(w => new Measurement<double>(w.Longest.TotalSeconds, User(w.User)))),
            "s", "How long the work has waited that has waited longest.");
        Meter.CreateObservableGauge(
            "pgm.devices", () => Observe(r => new[] { ("free", r.Free), ("busy", r.Busy), ("out", r.Out) }.Select(
                d => new Measurement<long>(d.Item2, new KeyValuePair<string, object?>("state", d.Item1)))),
            "{device}", "Devices of the cluster by what they do.");
    }

    public SchedulerReadings() => Open[this] = 0;

    /// <summary>Whether anybody listens, so that it is worth looking.</summary>
    public static bool IsAsked => Work.Enabled;

    /// <summary>A plan was made.</summary>
    public static void Planned(TimeSpan took) => Planning.Record(took.TotalSeconds);

    /// <summary>What a plan was made of.</summary>
    public void Saw(Reading reading) => _reading = reading;

    /// <summary>Work that waited has a device.</summary>
    public static void Given(string user, TimeSpan waited) => Wait.Record(waited.TotalSeconds, User(user));

    public void Dispose() => Open.TryRemove(this, out _);

    private static KeyValuePair<string, object?> User(string user) => new("user", user);

    private static IEnumerable<Measurement<T>> Observe<T>(Func<Reading, IEnumerable<Measurement<T>>> values) where T : struct =>
        [.. Open.Keys.Select(r => r._reading).OfType<Reading>().SelectMany(values)];

    /// <summary>What a plan was made of.</summary>
    /// <param name="Waiting">By user; who gave no name is among them always.</param>
    /// <param name="Free">Devices that could be given work.</param>
    /// <param name="Busy">Those that have work.</param>
    /// <param name="Out">Those that compute wrongly, or were not heard lately.</param>
    public sealed record Reading(IReadOnlyList<WaitingOfUser> Waiting, int Free, int Busy, int Out);
}
