using System.Runtime.Intrinsics.X86;
using PgmCluster.TestSupport;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Tests.Kernels;

/// <summary>What the tests of this program's own kernels share.</summary>
internal static class OwnKernels
{
    public static void SkipWithoutAvx512()
    {
        if (!Avx512F.IsSupported) throw GoldenData.Skipped("needs AVX-512: elsewhere libtorch's operators compute");
    }

    /// <summary>A number that any other bit changes.</summary>
    /// <param name="tensor">F32, contiguous.</param>
    public static long Bits(Tensor tensor)
    {
        var sum = 0L;
        foreach (var value in tensor.data<float>()) sum = unchecked(sum * 31 + BitConverter.SingleToInt32Bits(value));
        return sum;
    }
}
