using System.Diagnostics.Metrics;
using PgmCluster.Data.Blobs;

namespace PgmCluster.Benchmarks.Proofs.MillionEntries;

/// <summary>The listings of directories that this process has done, whoever did them.</summary>
internal sealed class Listings : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly List<double> _seconds = [];

    public Listings()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == DirectoryBlobs.MeterName) listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<double>((_, seconds, _, _) =>
        {
            lock (_seconds) _seconds.Add(seconds);
        });
        _listener.Start();
    }

    /// <summary>How long each took.</summary>
    public IReadOnlyList<double> Seconds
    {
        get { lock (_seconds) return [.. _seconds]; }
    }

    public void Dispose() => _listener.Dispose();
}
