using System.Runtime.InteropServices;
using TorchSharp;

namespace PgmCluster.Modeling.Runtime;

/// <summary>
/// Which of several kernels libtorch takes on CUDA: settings of the whole process, to be made before a work item computes.
/// </summary>
public static class CudaKernels
{
    private const string Library = "torch_cpu";

    /// <param name="tf32">Products and convolutions of float32 round their inputs to 10 bits.</param>
    /// <param name="deterministic">
    /// Kernels that give the same bits every time where there are several, attention's backward pass among them.
    /// </param>
    /// <param name="benchmark">cuDNN times its convolutions at their first call and takes the fastest, another one in another run.</param>
    /// <exception cref="NotSupportedException">This libtorch lacks the settings.</exception>
    public static void Choose(bool tf32, bool deterministic, bool benchmark)
    {
        NativeRuntime.Load();
        torch.backends.cuda.matmul.allow_tf32 = tf32;
        torch.backends.cudnn.allow_tf32 = tf32;
        try
        {
            // TorchSharp has no names for these: methods of at::Context, by those that the compiler gave them.
            var context = GlobalContext();
            SetDeterministicCuDnn(context, deterministic ? (byte)1 : (byte)0);
            SetBenchmarkCuDnn(context, benchmark ? (byte)1 : (byte)0);
            // Warns where there is no such kernel; new memory is not filled, which only finds mistakes.
            SetDeterministicAlgorithms(context, deterministic ? (byte)1 : (byte)0, 1);
            SetFillUninitializedMemory(context, 0);
        }
        catch (EntryPointNotFoundException e)
        {
            throw new NotSupportedException(
                $"Choosing kernels: this libtorch has no {e.Message.Split('\'').ElementAtOrDefault(1)}. "
                + $"Use libtorch {NativeRuntime.LibtorchVersion}.", e);
        }
    }

    /// <summary>What is chosen now.</summary>
    public static (bool Tf32, bool Deterministic, bool Benchmark) Chosen()
    {
        NativeRuntime.Load();
        var context = GlobalContext();
        return (torch.backends.cuda.matmul.allow_tf32 && torch.backends.cudnn.allow_tf32,
            DeterministicCuDnn(context) != 0 && DeterministicAlgorithms(context) != 0, BenchmarkCuDnn(context) != 0);
    }

    [DllImport(Library, EntryPoint = "_ZN2at13globalContextEv")]
    private static extern nint GlobalContext();

    [DllImport(Library, EntryPoint = "_ZN2at7Context21setDeterministicCuDNNEb")]
    private static extern void SetDeterministicCuDnn(nint context, byte value);

    [DllImport(Library, EntryPoint = "_ZN2at7Context17setBenchmarkCuDNNEb")]
    private static extern void SetBenchmarkCuDnn(nint context, byte value);

    [DllImport(Library, EntryPoint = "_ZN2at7Context26setDeterministicAlgorithmsEbb")]
    private static extern void SetDeterministicAlgorithms(nint context, byte value, byte warnOnly);

    [DllImport(Library, EntryPoint = "_ZN2at7Context39setDeterministicFillUninitializedMemoryEb")]
    private static extern void SetFillUninitializedMemory(nint context, byte value);

    [DllImport(Library, EntryPoint = "_ZNK2at7Context18deterministicCuDNNEv")]
    private static extern byte DeterministicCuDnn(nint context);

    [DllImport(Library, EntryPoint = "_ZNK2at7Context23deterministicAlgorithmsEv")]
    private static extern byte DeterministicAlgorithms(nint context);

    [DllImport(Library, EntryPoint = "_ZNK2at7Context14benchmarkCuDNNEv")]
    private static extern byte BenchmarkCuDnn(nint context);
}
