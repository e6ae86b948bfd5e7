using System.Diagnostics;

namespace PgmCluster.Execution.Doctor.Measurement;

/// <summary>Repeated timing of something that ends with the device's work done.</summary>
internal static class Timing
{
    private const int Fewest = 3, Most = 1000;

    /// <summary>Times an action after one run that does not count.</summary>
    /// <param name="action">Returns once the device has done it.</param>
    /// <param name="time">No run is begun behind it, once there were three.</param>
    /// <param name="cancellation">Looked at between runs.</param>
    /// <returns>Median seconds, and how many runs they are of.</returns>
    public static (double Seconds, int Runs) Median(Action action, TimeSpan time, CancellationToken cancellation)
    {
        action();
        var (begun, seconds) = (Stopwatch.GetTimestamp(), new List<double>());
        while (seconds.Count < Fewest || (seconds.Count < Most && Stopwatch.GetElapsedTime(begun) < time))
        {
            cancellation.ThrowIfCancellationRequested();
            var run = Stopwatch.GetTimestamp();
            action();
            seconds.Add(Stopwatch.GetElapsedTime(run).TotalSeconds);
        }
        seconds.Sort();
        return ((seconds[(seconds.Count - 1) / 2] + seconds[seconds.Count / 2]) / 2, seconds.Count);
    }
}
