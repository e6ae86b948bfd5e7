using System.Globalization;

namespace PgmCluster.Execution.Devices;

/// <summary>The most memory a process has held, this one since <see cref="Reset"/>, as Linux counts it.</summary>
internal static class PeakMemory
{
    private const string ResetPeak = "5";

    public static void Reset()
    {
        if (OperatingSystem.IsLinux()) File.WriteAllText("/proc/self/clear_refs", ResetPeak);
    }

    /// <summary>In 10^6 bytes; 0 where the system does not tell.</summary>
    /// <param name="process">Its id; null for this one.</param>
    /// <exception cref="IOException">There is no such process, or it ends meanwhile.</exception>
    public static double Megabytes(int? process = null)
    {
        if (!OperatingSystem.IsLinux()) return 0;
        var status = process is { } id ? string.Create(CultureInfo.InvariantCulture, $"/proc/{id}/status") : "/proc/self/status";
        var line = File.ReadLines(status).FirstOrDefault(l => l.StartsWith("VmHWM:", StringComparison.Ordinal));
        return line is null
            ? 0
            : long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024 / 1e6;
    }
}
