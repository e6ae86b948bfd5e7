using PgmCluster.Data;
using PgmCluster.Modeling.Runtime;

namespace PgmCluster.Execution.Devices;

/// <summary>Finds out which devices a silo offers.</summary>
public static class ComputeDevices
{
    /// <summary>Reads the setting <c>Pgm:Devices</c>: "auto" (every GPU, else one CPU device with all cores), "none", or a list such as "cpu:0,cpu:1".</summary>
    /// <param name="setting">The setting.</param>
    /// <param name="coresPerDevice">Cores of each CPU device; 0 divides the machine's among them.</param>
    /// <exception cref="BadInputException">A name in the list is not a device.</exception>
    public static IReadOnlyList<ComputeDevice> Parse(string setting, int coresPerDevice = 0)
    {
        var names = setting.Trim().ToLowerInvariant() switch
        {
            "none" or "" => [],
            "auto" => NativeRuntime.CudaDeviceCount() is > 0 and var count ? [.. Enumerable.Range(0, count).Select(i => $"cuda:{i}")] : new[] { "cpu:0" },
            var list => list.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries),
        };
        foreach (var name in names)
        {
            var parts = name.Split(':');
            if (parts.Length != 2 || parts[0] is not ("cpu" or "cuda") || !int.TryParse(parts[1], out _))
                throw new BadInputException($"Reading Pgm:Devices: '{name}' is not a device. Use auto, none, or a list such as cpu:0,cpu:1 or cuda:0.");
        }
        if (names.Distinct().Count() != names.Length) throw new BadInputException($"Reading Pgm:Devices: '{setting}' names a device twice.");

        var cpus = names.Count(n => n.StartsWith("cpu", StringComparison.Ordinal));
        return [.. names.Select(n => n.StartsWith("cpu", StringComparison.Ordinal)
            ? new ComputeDevice(n, coresPerDevice > 0 ? coresPerDevice : Math.Max(1, Environment.ProcessorCount / cpus), ModelOf(n))
            : new ComputeDevice(n, 1, ModelOf(n)))];
    }

    /// <summary>What decides the bits that a device of this machine computes: the kind of CPU, or "cuda" (libtorch's .NET binding does not name the GPU).</summary>
    public static string ModelOf(string device) => device.StartsWith("cuda", StringComparison.Ordinal) ? "cuda" : NativeRuntime.CpuModel;
}
