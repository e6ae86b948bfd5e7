using System.Data.Common;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Net.Sockets;

namespace PgmCluster.Silo.Storage.Metering;

/// <summary>How long the state database takes to answer this process, and whether it does.</summary>
internal static class DatabaseMeters
{
    private static readonly Meter Meter = new("PgmCluster.Database");

    private static readonly Histogram<double> Duration = Meter.CreateHistogram(
        "pgm.database.operation.duration", "s", "Operations on the state database, those that failed too.",
        advice: new InstrumentAdvice<double>
        {
            HistogramBucketBoundaries = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
        });

    /// <summary>1: it answered when it was asked last. A silo that starts has asked nothing yet.</summary>
    private static int s_isUp;

    static DatabaseMeters() => Meter.CreateObservableGauge(
        "pgm.database.up", () => Volatile.Read(ref s_isUp), null,
        "1 where the state database answered when this silo asked it last, else 0.");

    /// <param name="what">What is read or written: "state", "queue", "catalog" or "membership".</param>
    /// <param name="operation">"read", "write" or "clear".</param>
    /// <param name="run">It.</param>
    public static async Task<T> Measure<T>(string what, string operation, Func<Task<T>> run)
    {
        var begun = Stopwatch.GetTimestamp();
        try
        {
            var result = await run();
            Volatile.Write(ref s_isUp, 1);
            return result;
        }
        catch (Exception e) when (IsOfTheDatabase(e))
        {
            Volatile.Write(ref s_isUp, 0);
            throw;
        }
        finally
        {
            Duration.Record(
                Stopwatch.GetElapsedTime(begun).TotalSeconds, new KeyValuePair<string, object?>("what", what),
                new KeyValuePair<string, object?>("operation", operation));
        }
    }

    /// <inheritdoc cref="Measure{T}"/>
    public static Task Measure(string what, string operation, Func<Task> run) => Measure(what, operation, async () =>
    {
        await run();
        return true;
    });

    /// <summary>Whoever is refused because somebody else has written since was answered.</summary>
    private static bool IsOfTheDatabase(Exception exception)
    {
        for (var e = exception; e is not null; e = e.InnerException)
        {
            if (e is DbException or SocketException or TimeoutException) return true;
        }
        return false;
    }
}
