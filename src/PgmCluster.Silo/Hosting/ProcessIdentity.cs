using System.Globalization;

namespace PgmCluster.Silo.Hosting;

/// <summary>
/// Tells one process from a later one of the same number: by when it began, counted from the start of the machine. A time of day would not
/// do, since clocks are set.
/// </summary>
internal static class ProcessIdentity
{
    /// <summary>
    /// Field of <c>/proc/PID/stat</c>, counted from 0 behind the program's name: when the process began, in ticks since the start.
    /// </summary>
    private const int StartField = 19;

    /// <summary>The start of the machine and of the process, as one word; null where there is no such process, or no /proc.</summary>
    public static string? Of(int processId)
    {
        try
        {
            var stat = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{processId}/stat"));
            // The name may hold spaces and parentheses.
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return $"{File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim()}/{fields[StartField]}";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
