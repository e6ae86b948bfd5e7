using System.Globalization;

namespace PgmCluster.Execution.Devices;

/// <summary>What this process may use of its machine: a container's limits (control groups, version 1 or 2), else all of it.</summary>
/// <param name="Cores">
/// Whole cores, at least 1. Of a limit of 1.5 it is 1: a second lane would be stopped half of the time, and the first waits for it.
/// </param>
/// <param name="MemoryBytes">Memory in bytes.</param>
public sealed record MachineLimits(int Cores, long MemoryBytes)
{
    /// <summary>Of this process, read once.</summary>
    public static MachineLimits Current { get; } = Read("/", Environment.ProcessorCount, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes);

    /// <summary>What a cache may take: an eighth of the memory, and never more than 1 GiB.</summary>
    public long CacheBytes => Math.Min(1L << 30, MemoryBytes / 8);

    /// <summary>What pictures may take that have to be kept, since they cannot be read again one by one: an eighth of the memory.</summary>
    public long KeptBytes => MemoryBytes / 8;

    /// <param name="root">Where the file systems proc and cgroup are.</param>
    /// <param name="cores">Cores as the runtime counts them: it rounds a limit up.</param>
    /// <param name="memoryBytes">Memory as the runtime counts it.</param>
    internal static MachineLimits Read(string root, int cores, long memoryBytes)
    {
        try
        {
            foreach (var group in Groups(root))
            {
                foreach (var directory in Ancestors(group))
                {
                    if (Quota(directory) is { } quota) cores = Math.Min(cores, Math.Max(1, (int)quota));
                    if (Memory(directory) is { } memory) memoryBytes = Math.Min(memoryBytes, memory);
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException or OverflowException)
        {
            // Limits that cannot be read are those that the runtime knows.
        }
        return new MachineLimits(cores, memoryBytes);
    }

    /// <summary>The groups of this process, each as its directory and the topmost one that can be seen.</summary>
    private static IEnumerable<(string Directory, string Top)> Groups(string root)
    {
        var (memberships, mounts) = (Path.Combine(root, "proc/self/cgroup"), Path.Combine(root, "proc/self/mountinfo"));
        if (!File.Exists(memberships) || !File.Exists(mounts)) yield break;
        var paths = File.ReadLines(memberships).Select(line => line.Split(':', 3)).Where(parts => parts.Length == 3).ToList();
        foreach (var line in File.ReadLines(mounts))
        {
            // "30 24 0:26 /root /mount/point options - cgroup2 source superoptions"
            var halves = line.Split(" - ", 2);
            var (mount, type) = (halves[0].Split(' '), halves.Length == 2 ? halves[1].Split(' ') : []);
            if (mount.Length < 5 || type.Length < 3 || type[0] is not ("cgroup" or "cgroup2")) continue;
            var controllers = type[2].Split(',');
            var path = paths.FirstOrDefault(
                p => type[0] == "cgroup2" ? p[0] == "0" : p[1].Split(',').Intersect(controllers).Any(c => c is "cpu" or "memory"))?[2];
            if (path is null) continue;
            var top = Path.Combine(root, mount[4].TrimStart('/'));
            var below = mount[3] == "/" ? path : path.StartsWith(mount[3] + "/", StringComparison.Ordinal) ? path[mount[3].Length..] : "";
            var directory = Path.Combine(top, below.TrimStart('/'));
            // Where the process was moved above what its container sees, its own group is the topmost.
            yield return (below.Contains("..", StringComparison.Ordinal) || !Directory.Exists(directory) ? top : directory, top);
        }
    }

    /// <summary>A group and those around it: the narrowest limit holds.</summary>
    private static IEnumerable<string> Ancestors((string Directory, string Top) group)
    {
        for (var at = group.Directory; at is not null && at.Length >= group.Top.Length; at = Path.GetDirectoryName(at)) yield return at;
    }

    private static double? Quota(string directory)
    {
        if (Text(directory, "cpu.max")?.Split(' ') is [var max, var window] && max != "max") return Number(max) / Number(window);
        return Text(directory, "cpu.cfs_quota_us") is { } quota && Number(quota) > 0 && Text(directory, "cpu.cfs_period_us") is { } period
            ? Number(quota) / Number(period)
            : null;
    }

    private static long? Memory(string directory) =>
        (Text(directory, "memory.max") ?? Text(directory, "memory.limit_in_bytes")) is { } limit && limit != "max"
            ? (long)Math.Min(Number(limit), long.MaxValue / 2)
            : null;

    private static string? Text(string directory, string name) =>
        Path.Combine(directory, name) is var path && File.Exists(path) ? File.ReadAllText(path).Trim() : null;

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
}
