using System.Diagnostics.Metrics;
using System.Globalization;
using PgmCluster.Silo.Storage;

namespace PgmCluster.Benchmarks.Benchmarks;

/// <summary>What the silos of this process have done since it was made, as the framework and the storage count it.</summary>
internal sealed class ClusterCounts : IDisposable
{
    private const string Local = "orleans-messaging-sent-local", Remote = "orleans-messaging-sent-messages-size",
        Activations = "orleans-catalog-activation-created", RoundTrips = "db.client.operation.duration";

    private readonly MeterListener _listener = new();
    private readonly Lock _gate = new();
    private readonly Dictionary<string, long> _added = [];
    private Dictionary<string, long> _observed = [];

    /// <summary>Of the silos.</summary>
    public IReadOnlyList<WriterQueue> Writers { get; set; } = [];

    public ClusterCounts()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Name is Local or Remote or Activations or RoundTrips) listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, _, _) => Add(instrument, value));
        _listener.SetMeasurementEventCallback<int>((instrument, value, _, _) => Add(instrument, value));
        _listener.SetMeasurementEventCallback<double>((instrument, _, _, _) => Add(instrument, 1));
        _listener.Start();
    }

    /// <summary>Counted so far.</summary>
    public Snapshot Now()
    {
        lock (_gate)
        {
            _observed = [];
        }
        _listener.RecordObservableInstruments();
        lock (_gate)
        {
            return new Snapshot(Of(Local), Of(Remote), Of(Activations), Writers.Sum(w => w.Commits), Writers.Sum(w => w.Statements),
                Of(RoundTrips), Environment.CpuUsage.TotalTime.TotalMilliseconds, GC.GetTotalAllocatedBytes() / 1024);
        }
    }

    public void Dispose() => _listener.Dispose();

    private long Of(string name) => _added.GetValueOrDefault(name) + _observed.GetValueOrDefault(name);

    private void Add(Instrument instrument, long value)
    {
        lock (_gate)
        {
            var counts = instrument.IsObservable ? _observed : _added;
            // Of a histogram the times count that something was noted.
            counts[instrument.Name] = counts.GetValueOrDefault(instrument.Name)
                + (instrument is Histogram<int> or Histogram<long> ? 1 : value);
        }
    }

    /// <param name="Local">Messages within a silo, answers among them.</param>
    /// <param name="Remote">Messages between silos.</param>
    /// <param name="Activations">Grains that were brought into memory.</param>
    /// <param name="Commits">Transactions committed.</param>
    /// <param name="Statements">Of those.</param>
    /// <param name="RoundTrips">Commands of PostgreSQL, each a statement or some sent together; COMMIT is not among them.</param>
    /// <param name="CpuMilliseconds">Of the process.</param>
    /// <param name="Kilobytes">That it allocated.</param>
    public sealed record Snapshot(
        long Local, long Remote, long Activations, long Commits, long Statements, long RoundTrips, double CpuMilliseconds, long Kilobytes)
    {
        /// <summary>What was added since an earlier one, for each of so many.</summary>
        public string Since(Snapshot earlier, double units) => string.Create(CultureInfo.InvariantCulture,
            $"{(Local - earlier.Local) / units:0.00} messages within a silo and {(Remote - earlier.Remote) / units:0.00} between silos, "
            + $"{(Activations - earlier.Activations) / units:0.00} activations, {(Commits - earlier.Commits) / units:0.00} transactions of "
            + $"{(Statements - earlier.Statements) / units:0.00} statements, "
            + $"{(RoundTrips - earlier.RoundTrips) / units:0.00} commands of PostgreSQL, "
            + $"{(CpuMilliseconds - earlier.CpuMilliseconds) / units:0.00} ms of CPU, "
            + $"{(Kilobytes - earlier.Kilobytes) / units:0} KB allocated");
    }
}
