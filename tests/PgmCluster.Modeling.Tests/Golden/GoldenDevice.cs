using PgmCluster.Modeling.Runtime;
using PgmCluster.TestSupport;
using TorchSharp;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Tests.Golden;

/// <summary>Where golden tests compute: the same bodies on every device.</summary>
public sealed class GoldenDevice
{
    private readonly int? _gpu;

    private GoldenDevice(int? gpu) => _gpu = gpu;

    public static GoldenDevice Cpu { get; } = new(null);

    /// <summary>cuda:0, with kernels as a run has them unless it says otherwise: deterministic, without TF32.</summary>
    public static GoldenDevice Gpu { get; } = new(0);

    /// <summary>The device. Where it is not there, the calling test is skipped with the reason.</summary>
    public Device Require()
    {
        if (_gpu is not { } index) return CPU;
        GpuNeed.Require(index, NativeRuntime.CudaDeviceCount());
        CudaKernels.Choose(tf32: false, deterministic: true, benchmark: false);
        return new Device(DeviceType.CUDA, index);
    }
}
