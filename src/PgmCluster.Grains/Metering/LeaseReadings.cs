using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace PgmCluster.Grains.Metering;

/// <summary>When silos were last heard by who grants leases in this process; the silos without it have none.</summary>
internal sealed class LeaseReadings : IDisposable
{
    private static readonly ConcurrentDictionary<LeaseReadings, byte> Open = [];
    private static readonly Meter Meter = new("PgmCluster.Leases");

    private readonly TimeProvider _time;
    private readonly ConcurrentDictionary<string, long> _heard = [];

    static LeaseReadings() => Meter.CreateObservableGauge(
        "pgm.lease.age", () => Open.Keys.SelectMany(r => r.Ages()).ToList(), "s",
        "Since the last heartbeat of a silo that was granted: its devices stop where it grows too long.");

    public LeaseReadings(TimeProvider time)
    {
        _time = time;
        Open[this] = 0;
    }

    public void Heard(string silo, long at) => _heard[silo] = at;

    public void Forget(string silo) => _heard.TryRemove(silo, out _);

    public void Dispose() => Open.TryRemove(this, out _);

    private IEnumerable<Measurement<double>> Ages() => _heard.Select(h => new Measurement<double>(
        _time.GetElapsedTime(h.Value).TotalSeconds, new KeyValuePair<string, object?>("silo", h.Key)));
}
