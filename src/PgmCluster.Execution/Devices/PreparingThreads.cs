namespace PgmCluster.Execution.Devices;

/// <summary>Threads of the CPU that prepare what a device computes next.</summary>
internal static class PreparingThreads
{
    private const int Most = 8;

    /// <summary>Beside a GPU the machine's cores have nothing else to do; a CPU's are its lanes' own.</summary>
    /// <param name="device">Its name.</param>
    /// <param name="lanes">How many it has.</param>
    public static int For(string device, int lanes) =>
        ComputeDevice.IsBesideCpu(device) ? Math.Min(MachineLimits.Current.Cores, Most) : lanes;
}
