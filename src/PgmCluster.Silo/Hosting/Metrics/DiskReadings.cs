using System.Diagnostics.Metrics;
using PgmCluster.Data.Artifacts.Opening;
using PgmCluster.Silo.Options;

namespace PgmCluster.Silo.Hosting.Metrics;

/// <summary>How full the file systems are that this silo writes to. A bucket has no such limit and is not among them.</summary>
internal sealed class DiskReadings : IDisposable
{
    private readonly Meter _meter = new("PgmCluster.Disks");

    public DiskReadings(SiloOptions options)
    {
        List<(string Place, string Path)> places = [("home", Path.GetFullPath(options.Home))];
        if (!ArtifactStores.IsRemote(options.ArtifactsPlace)) places.Add(("artifacts", options.ArtifactsPlace));
        _meter.CreateObservableGauge(
            "pgm.store.free", () => Observe(places, d => d.Free), "By",
            "Bytes that this silo may still write: to the artifact store, and to its home.");
        _meter.CreateObservableGauge("pgm.store.capacity", () => Observe(places, d => d.Capacity), "By",
            "Bytes of that file system in all.");
    }

    public void Dispose() => _meter.Dispose();

    /// <summary>The file system of a directory; null where it is away.</summary>
    public static (long Free, long Capacity)? DriveOf(string path)
    {
        try
        {
            var drive = new DriveInfo(Existing(Path.GetFullPath(path)));
            return (drive.AvailableFreeSpace, drive.TotalSize);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A share that is away has no size: what writes there says so.
            return null;
        }
    }

    private static List<Measurement<long>> Observe(
        IReadOnlyList<(string Place, string Path)> places, Func<(long Free, long Capacity), long> value)
    {
        var measured = new List<Measurement<long>>();
        foreach (var (place, path) in places)
        {
            if (DriveOf(path) is { } drive) measured.Add(new(value(drive), new KeyValuePair<string, object?>("place", place)));
        }
        return measured;
    }

    /// <summary>The directory or the nearest above it that is there: a new home is made later.</summary>
    private static string Existing(string path)
    {
        while (!Directory.Exists(path) && Path.GetDirectoryName(path) is { } above) path = above;
        return path;
    }
}
