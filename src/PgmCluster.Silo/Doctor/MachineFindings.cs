using System.Globalization;
using PgmCluster.Execution.Devices;
using PgmCluster.Execution.Doctor;

namespace PgmCluster.Silo.Doctor;

/// <summary>What this process may use of its machine: cores, memory, open files.</summary>
internal static class MachineFindings
{
    /// <summary>Twice what the quickstart takes with --compare, as the README has it measured.</summary>
    private const long LittleMemory = 2_000_000_000;

    /// <summary>A silo holds its libraries, its database and a connection each to other silos, clients and members of gangs.</summary>
    private const long FewFiles = 1024;

    /// <param name="devices">What is computed on.</param>
    /// <param name="limits">Of this process.</param>
    /// <param name="root">Where the file system proc is.</param>
    public static IEnumerable<Finding> Look(IReadOnlyList<ComputeDevice> devices, MachineLimits limits, string root)
    {
        yield return Cores(devices, limits);
        yield return Memory(limits, root);
        yield return Files(root);
    }

    private static Finding Cores(IReadOnlyList<ComputeDevice> devices, MachineLimits limits)
    {
        var cpus = devices.Where(d => d.IsCpu).ToArray();
        var lanes = cpus.Sum(d => d.Threads);
        var found = $"{Count(limits.Cores, "core")} may be used";
        var each = cpus.Select(d => $"{d.Name} computes on {Count(d.Threads, "lane")} of one thread");
        if (cpus.Length > 0) found += $"; {string.Join(", ", each)}";
        return lanes > limits.Cores
            ? Finding.Warning("cores", found,
                $"Set Pgm:CoresPerDevice (PGM_CORESPERDEVICE) to {Math.Max(1, limits.Cores / cpus.Length)} or 0, or raise the "
                + "container's limit: lanes that wait for cores slow each other down.")
            : Finding.Ok("cores", found);
    }

    private static Finding Memory(MachineLimits limits, string root)
    {
        var available = Value(Path.Combine(root, "proc/meminfo"), "MemAvailable:") is [var kilobytes, ..]
            ? Math.Min(limits.MemoryBytes, kilobytes * 1024) : limits.MemoryBytes;
        var found = string.Create(
            CultureInfo.InvariantCulture, $"{limits.MemoryBytes / 1e9:0.0} GB may be used, {available / 1e9:0.0} GB are free");
        return available < LittleMemory
            ? Finding.Warning("memory", found,
                "Stop what takes the memory or raise the container's limit: the quickstart takes 0.7 GB, with --compare 1.0 GB; "
                + "'pgm config show PRESET' estimates a run's need.")
            : Finding.Ok("memory", found);
    }

    private static Finding Files(string root)
    {
        if (Value(Path.Combine(root, "proc/self/limits"), "Max open files") is not [var soft, ..])
            return Finding.Ok("open files", "this system does not say how many are permitted");
        var found = $"{soft.ToString(CultureInfo.InvariantCulture)} are permitted to a process";
        return soft < FewFiles
            ? Finding.Warning("open files", found,
                $"Raise the limit to {FewFiles} or more (ulimit -n, LimitNOFILE of a systemd unit): a silo needs one for each connection "
                + "beside its own files.")
            : Finding.Ok("open files", found);
    }

    private static string Count(int n, string what) => $"{n.ToString(CultureInfo.InvariantCulture)} {what}{(n == 1 ? "" : "s")}";

    /// <summary>The numbers behind a name at the beginning of a line; empty where there are none.</summary>
    private static long[] Value(string file, string name)
    {
        if (!File.Exists(file)) return [];
        var line = File.ReadLines(file).FirstOrDefault(l => l.StartsWith(name, StringComparison.Ordinal));
        return line is null ? [] : [.. line[name.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Select(word => long.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                ? number
                : word == "unlimited" ? long.MaxValue : (long?)null)
            .OfType<long>()];
    }
}
