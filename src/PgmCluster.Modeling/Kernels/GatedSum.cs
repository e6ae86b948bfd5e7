using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Kernels;

/// <summary>What a residual block ends with, written over its branch. Letters: B batch, T rows, H width.</summary>
internal static unsafe class GatedSum
{
    private const int Lanes = VectorKernels.Lanes;

    /// <summary>x + gate · branch in inference.</summary>
    /// <param name="x">F32 [B, T, H], contiguous.</param>
    /// <param name="gate">F32 [B, 1, H]</param>
    /// <param name="branch">Like x; receives the sum.</param>
    /// <returns>False where it is for libtorch to compute; nothing is written then.</returns>
    public static bool TryWrite(Tensor x, Tensor gate, Tensor branch)
    {
        if (!VectorKernels.ServeStream(x) || !VectorKernels.IsRowPerImage(gate, x) || !VectorKernels.Serve(branch)) return false;
        if (branch.dim() != 3 || branch.size(0) != x.size(0) || branch.size(1) != x.size(1) || branch.size(2) != x.size(2)) return false;
        float* from = VectorKernels.Address(x), to = VectorKernels.Address(branch), ofGate = VectorKernels.Address(gate);
        var (images, rows, width, gateImage) = (x.size(0), x.size(1), (int)x.size(2), gate.stride(0));
        for (var b = 0L; b < images; b++, ofGate += gateImage)
        {
            for (var t = 0L; t < rows; t++, from += width, to += width) Row(from, to, ofGate, width);
        }
        GC.KeepAlive(x);
        GC.KeepAlive(gate);
        GC.KeepAlive(branch);
        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Row(float* x, float* branch, float* gate, int width)
    {
        for (var i = 0; i < width; i += Lanes)
            Vector512.FusedMultiplyAdd(Vector512.Load(branch + i), Vector512.Load(gate + i), Vector512.Load(x + i)).Store(branch + i);
    }
}
