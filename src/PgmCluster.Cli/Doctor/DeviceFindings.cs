using System.Text.Json;
using PgmCluster.Execution.Devices;
using PgmCluster.Execution.Doctor;
using PgmCluster.Execution.Doctor.Computation;
using PgmCluster.Execution.Doctor.Measurement;
using PgmCluster.Execution.Work;
using PgmCluster.Modeling.Runtime;

namespace PgmCluster.Cli.Doctor;

/// <summary>The devices: found, opened, and whether they compute rightly.</summary>
internal static class DeviceFindings
{
    /// <param name="devices">Those that the driver and the system show.</param>
    /// <param name="libtorch">Null where it cannot be loaded.</param>
    /// <param name="full">Measures each as well, which takes minutes.</param>
    /// <param name="said">Told of each line, of what is measured now, and of what was measured.</param>
    /// <param name="cancellation">Ends it between lines.</param>
    public static async Task LookAsync(
        IReadOnlyList<ComputeDevice> devices, LibtorchFacts? libtorch, bool full, Action<ComputeMessage> said,
        CancellationToken cancellation)
    {
        void Report(Finding finding) => said(new ComputeMessage { Finding = finding });
        if (devices.Count == 0) Report(Finding.Ok("devices", "none are set (PGM_DEVICES, Pgm:Devices)"));
        foreach (var device in devices)
        {
            if (libtorch is null)
            {
                Report(Finding.Failed(device.Name, "not opened: libtorch cannot be loaded", "Mend that first."));
                continue;
            }
            if (!device.IsCpu && ComputeDevices.WhyNoGpu() is { } problem)
            {
                Report(Finding.Failed(
                    device.Name, $"{device.Model}, not opened: {problem}",
                    "Use a build with CUDA (-p:TorchBackend=cuda, image silo-cuda), or a libtorch with CUDA (PGM_LIBTORCH)."));
                continue;
            }
            using var thread = new DeviceThread(device);
            await DeviceExamination.Run(thread, Report, cancellation);
            if (full) await MeasureAsync(thread, said, cancellation);
        }
    }

    private static async Task MeasureAsync(DeviceThread thread, Action<ComputeMessage> said, CancellationToken cancellation)
    {
        var name = thread.Device.Name;
        try
        {
            var report = await DeviceMeasurement.Run(
                thread, what => said(new ComputeMessage { Progress = $"measuring {name}: {what}" }), cancellation);
            foreach (var line in DeviceMeasurement.Lines(report)) said(new ComputeMessage { Finding = line });
            said(new ComputeMessage { Report = JsonSerializer.SerializeToElement(report, WorkJson.Options) });
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            said(new ComputeMessage
            {
                Finding = Finding.Failed(
                    $"{name} measurement", e.Message.Split('\n')[0].Trim().TrimEnd('.'),
                    "Mend what failed above, end what else uses the device, then measure again."),
            });
        }
    }
}
