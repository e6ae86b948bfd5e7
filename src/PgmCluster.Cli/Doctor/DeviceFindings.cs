using PgmCluster.Execution.Devices;
using PgmCluster.Execution.Doctor;
using PgmCluster.Execution.Work;
using PgmCluster.Modeling.Runtime;
using PgmCluster.Silo.Doctor;

namespace PgmCluster.Cli.Doctor;

/// <summary>The devices: found, opened, and whether they compute rightly.</summary>
internal static class DeviceFindings
{
    /// <param name="devices">Those that the driver and the system show.</param>
    /// <param name="libtorch">Null where it cannot be loaded.</param>
    public static IEnumerable<Finding> Look(IReadOnlyList<ComputeDevice> devices, LibtorchFacts? libtorch)
    {
        if (devices.Count == 0) yield return Finding.Ok("devices", "none are set (PGM_DEVICES, Pgm:Devices)");
        foreach (var device in devices)
        {
            if (libtorch is null) yield return Finding.Failed(device.Name, "not opened: libtorch cannot be loaded", "Mend that first.");
            else if (!device.IsCpu && ComputeDevices.WhyNoGpu() is { } problem)
                yield return Finding.Failed(device.Name, $"{Described(device)}, not opened: {problem}", "Use a build with CUDA (-p:TorchBackend=cuda, image silo-cuda), or a libtorch with CUDA (PGM_LIBTORCH).");
            else yield return Open(device);
        }
    }

    private static Finding Open(ComputeDevice device)
    {
        using var thread = new DeviceThread(device);
        return thread.CheckDevice().GetAwaiter().GetResult() is { } problem
            ? Findings.Failed(device.Name, problem)
            : Finding.Ok(device.Name, $"{Described(device)}, opened; a product on it is right");
    }

    private static string Described(ComputeDevice device) => device.Gpu is { } gpu
        ? $"{gpu.Name}, {gpu.MemoryBytes >> 30} GiB, compute capability {gpu.ComputeCapability}, {gpu.Uuid}, driver {gpu.Driver}"
        : $"{device.Model}, bfloat16 instructions: {device.BFloat16}";
}
