using PgmCluster.Data;
using PgmCluster.Modeling.Runtime;

namespace PgmCluster.Execution.Devices;

/// <summary>
/// libtorch has one choice of kernels for a process, whatever its devices do. While work computes with one, work that needs another is
/// refused: it would change the bits of the first, or have other bits itself.
/// </summary>
internal static class KernelUse
{
    private static readonly Lock Gate = new();
    private static readonly List<(string Device, KernelSettings Kernels)> Users = [];

    /// <summary>Has the process compute so until the result is disposed.</summary>
    /// <param name="device">The device that is about to compute.</param>
    /// <param name="kernels">What it is to compute with.</param>
    /// <exception cref="BadInputException">Another device of the process computes with other kernels.</exception>
    public static IDisposable? Take(ComputeDevice device, KernelSettings kernels)
    {
        if (device.Gpu is null) return null;
        var user = (device.Name, kernels);
        lock (Gate)
        {
            if (Users.Find(u => u.Kernels != kernels) is { Kernels: not null } other)
            {
                throw new BadInputException(
                    $"Computing on {device.Name} with {kernels}: {other.Device} of this process computes with {other.Kernels}, "
                    + "and libtorch has one choice for all. "
                    + "Give each GPU a silo of its own (PGM_DEVICES=cuda:0), or begin this when that has ended.");
            }
            CudaKernels.Choose(kernels.Tf32, kernels.Deterministic, kernels.Benchmark);
            Users.Add(user);
        }
        return new Use(user);
    }

    private sealed class Use((string Device, KernelSettings Kernels) user) : IDisposable
    {
        public void Dispose()
        {
            lock (Gate) Users.Remove(user);
        }
    }
}
