namespace PgmCluster.Execution.Devices;

/// <summary>The most memory that computing took, wherever the device keeps its tensors.</summary>
internal static class DeviceMemory
{
    /// <summary>Begins anew on a CPU. What libtorch has taken of a GPU it keeps, so there it is the most since the process began.</summary>
    public static void ResetPeak() => PeakMemory.Reset();

    /// <summary>
    /// In 10^6 bytes; 0 where the system does not tell. Of a GPU it is what its driver counts as taken, other processes' share included.
    /// </summary>
    public static double PeakMegabytes(ComputeDevice device) =>
        device.Gpu is { } gpu ? (CudaDriver.BytesTaken(gpu.Uuid) ?? 0) / 1e6 : PeakMemory.Megabytes();
}
