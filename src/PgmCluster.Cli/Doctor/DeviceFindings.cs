using PgmCluster.Execution.Devices;
using PgmCluster.Execution.Doctor;
using PgmCluster.Execution.Doctor.Computation;
using PgmCluster.Execution.Work;
using PgmCluster.Modeling.Runtime;

namespace PgmCluster.Cli.Doctor;

/// <summary>The devices: found, opened, and whether they compute rightly.</summary>
internal static class DeviceFindings
{
    /// <param name="devices">Those that the driver and the system show.</param>
    /// <param name="libtorch">Null where it cannot be loaded.</param>
    /// <param name="report">Told of each line.</param>
    /// <param name="cancellation">Ends it between lines.</param>
    public static async Task LookAsync(IReadOnlyList<ComputeDevice> devices, LibtorchFacts? libtorch, Action<Finding> report, CancellationToken cancellation)
    {
        if (devices.Count == 0) report(Finding.Ok("devices", "none are set (PGM_DEVICES, Pgm:Devices)"));
        foreach (var device in devices)
        {
            if (libtorch is null)
            {
                report(Finding.Failed(device.Name, "not opened: libtorch cannot be loaded", "Mend that first."));
                continue;
            }
            if (!device.IsCpu && ComputeDevices.WhyNoGpu() is { } problem)
            {
                report(Finding.Failed(device.Name, $"{device.Model}, not opened: {problem}", "Use a build with CUDA (-p:TorchBackend=cuda, image silo-cuda), or a libtorch with CUDA (PGM_LIBTORCH)."));
                continue;
            }
            using var thread = new DeviceThread(device);
            await DeviceExamination.Run(thread, report, cancellation);
        }
    }
}
