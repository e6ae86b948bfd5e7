using System.Globalization;

namespace PgmCluster.Execution.Devices;

/// <summary>The most memory this process has held since <see cref="Reset"/>, as Linux counts it.</summary>
internal static class PeakMemory
{
    private const string ResetPeak = "5";

    public static void Reset()
    {
        if (OperatingSystem.IsLinux()) File.WriteAllText("/proc/self/clear_refs", ResetPeak);
    }

    /// <summary>In 10^6 bytes; 0 where the system does not tell.</summary>
    public static double Megabytes()
    {
        if (!OperatingSystem.IsLinux()) return 0;
        var line = File.ReadLines("/proc/self/status").FirstOrDefault(l => l.StartsWith("VmHWM:", StringComparison.Ordinal));
        return line is null
            ? 0
            : long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024 / 1e6;
    }
}
