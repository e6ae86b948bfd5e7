using System.Globalization;
using PgmCluster.Data;
using PgmCluster.Modeling.Runtime;
using TorchSharp;
using static TorchSharp.torch;

namespace PgmCluster.Execution.Devices;

/// <summary>A device of this machine.</summary>
/// <param name="Name">"cpu:0", "cuda:0", ...</param>
/// <param name="Threads">Cores of a CPU device: so many micro-batches or batches are computed at a time. 1 for a GPU.</param>
/// <param name="Model">Kind of CPU, or name and compute capability of the GPU; part of the numerics fingerprint.</param>
/// <param name="BFloat16">The instructions that products of bfloat16 are made with; "none" where it has none.</param>
public sealed record ComputeDevice(string Name, int Threads, string Model, string BFloat16)
{
    private const string CudaPrefix = "cuda:", MetaName = "meta", Bfloat16Units = "tensor cores";

    /// <summary>Compute capability from which a GPU multiplies bfloat16.</summary>
    private const int FirstWithBFloat16 = 8;

    /// <summary>What the driver says of a GPU; null for a CPU.</summary>
    public GpuFacts? Gpu { get; init; }

    /// <summary>Memory in bytes: a GPU's own, or what this process may use of its machine's.</summary>
    public long MemoryBytes => Gpu?.MemoryBytes ?? MachineLimits.Current.MemoryBytes;

    /// <summary>False for what computes beside the CPU.</summary>
    public bool IsCpu => Name.StartsWith("cpu:", StringComparison.Ordinal);

    /// <summary>
    /// Bytes of models that may stay on it between pieces of work: a quarter of a GPU's memory, or of what a CPU device's cores are of the
    /// machine's.
    /// </summary>
    internal long KeptBytes => Gpu is { } gpu
        ? gpu.MemoryBytes / 4
        : MachineLimits.Current.MemoryBytes / 4 * Math.Min(Threads, MachineLimits.Current.Cores) / MachineLimits.Current.Cores;

    /// <summary>Where its tensors are. Every "cpu:N" is libtorch's one CPU.</summary>
    public Device Torch => Name.StartsWith(CudaPrefix, StringComparison.Ordinal)
        ? new Device(DeviceType.CUDA, int.Parse(Name[CudaPrefix.Length..], CultureInfo.InvariantCulture))
        : IsCpu ? CPU : new Device(DeviceType.META);

    /// <summary>The numerics fingerprint: devices that differ in it give different last bits.</summary>
    public string Numerics => NumericsOf(Model, NativeRuntime.LibtorchVersion);

    /// <summary>The fingerprint of a device of that kind.</summary>
    public static string NumericsOf(string model, string libtorch) => $"{model}, libtorch {libtorch}";

    /// <summary>A share of this machine's CPU.</summary>
    public static ComputeDevice Cpu(int index = 0, int threads = 1) =>
        new($"cpu:{index}", threads, NativeRuntime.CpuModel, NativeRuntime.BFloat16Instructions);

    /// <summary>A GPU. Two of other names or compute capability compute other bits: an A100 is no H100.</summary>
    public static ComputeDevice Cuda(int index, GpuFacts gpu) =>
        new(
            $"{CudaPrefix}{index}", 1, $"{gpu.Name} sm_{gpu.Major}{gpu.Minor}",
            gpu.Major >= FirstWithBFloat16 ? Bfloat16Units : "none")
        { Gpu = gpu };

    /// <summary>libtorch's device without memory: shapes and devices are checked, values are not. For proofs of placement.</summary>
    internal static ComputeDevice Meta { get; } = new(MetaName, 1, "meta", "none");

    /// <summary>Whether a device of that name computes beside the CPU.</summary>
    internal static bool IsBesideCpu(string name) => name == MetaName || name.StartsWith(CudaPrefix, StringComparison.Ordinal);

    /// <summary>
    /// Checks that the device can multiply in a type. A CPU can in each, if slowly; a GPU before compute capability 8.0 has no bfloat16.
    /// </summary>
    /// <exception cref="BadInputException">It cannot.</exception>
    public void Require(ScalarType type)
    {
        if (type == ScalarType.BFloat16 && Gpu is { } gpu && BFloat16 == "none")
            throw new BadInputException(
                $"Computing in bfloat16 on {Name}: {gpu.Name} has compute capability {gpu.ComputeCapability}, and {FirstWithBFloat16}.0 "
                + "is needed. Use another device, or precision float32.");
    }

    /// <summary>Checks that the device computes what numerics.matmul=bfloat16 asks for.</summary>
    /// <exception cref="BadInputException">It does not.</exception>
    public void RequireBFloat16Products()
    {
        if ((BFloat16Products.ProblemOf(Model, BFloat16) ?? BFloat16Products.Problem) is { } problem)
            throw new BadInputException(
                $"Starting the run on {Name}: it was specified with numerics.matmul=bfloat16, and {problem}. "
                + "Use another device, or start a new run with --set numerics.matmul=float32.");
    }
}
