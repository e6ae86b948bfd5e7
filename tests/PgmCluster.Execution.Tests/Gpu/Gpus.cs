using PgmCluster.Execution.Devices;
using PgmCluster.Modeling.Runtime;
using PgmCluster.TestSupport;

namespace PgmCluster.Execution.Tests.Gpu;

/// <summary>The machine's GPUs, for tests of category Gpu.</summary>
internal static class Gpus
{
    /// <summary>
    /// Devices such as cuda:0, each as often as it is named. Where one is not there, the calling test is skipped with the reason.
    /// </summary>
    public static IReadOnlyList<ComputeDevice> Require(params int[] indices)
    {
        GpuNeed.Require(indices.Max(), NativeRuntime.CudaDeviceCount());
        CudaKernels.Choose(tf32: false, deterministic: true, benchmark: false);
        var names = string.Join(',', indices.Distinct().Order().Select(i => $"cuda:{i}"));
        var found = ComputeDevices.Find(names).ToDictionary(d => d.Name, StringComparer.Ordinal);
        return [.. indices.Select(i => found[$"cuda:{i}"])];
    }
}
