using System.Runtime.Intrinsics;
using PgmCluster.Modeling.Runtime;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Kernels;

/// <summary>
/// Products of a few rows with a weight, as the steps of a sampler make them for one image. oneDNN spends 12 of 19 microseconds of such a
/// product on finding its code and describing its operands; here they are computed in place, one thread, sums in an order that depends on
/// nothing but the sizes. Letters: M rows, K inner width, N outputs.
/// </summary>
internal static unsafe class SmallProducts
{
    /// <summary>Multiplications up to which this is the faster.</summary>
    private const long Largest = 1 << 21;

    private const int Lanes = VectorKernels.Lanes;

    /// <summary>
    /// x w^T + b in libtorch's inference mode on a CPU, where oneDNN would compute it and it is small; else null. Training computes blocks
    /// again without a graph and wants the same bits: that is not inference mode.
    /// </summary>
    /// <param name="x">F32 [..., K]</param>
    /// <param name="w">F32 [N or more, K], contiguous: the first N rows are read.</param>
    /// <param name="b">F32 [N or more], or null.</param>
    /// <param name="inner">K</param>
    /// <param name="outputs">N</param>
    /// <returns>F32 [..., N]</returns>
    public static Tensor? Linear(Tensor x, Tensor w, Tensor? b, long inner, long outputs)
    {
        if (!Float32Products.AreByOneDnn || inner * outputs > Largest || inner % Lanes != 0 || outputs % 4 != 0) return null;
        if (!VectorKernels.ServeInference(x)) return null;
        // Addresses know no bounds: what does not fit is for libtorch to compute or to refuse.
        if (x.size(-1) != inner || w.dim() != 2 || w.size(0) < outputs || w.size(1) != inner || !VectorKernels.Serve(w)) return null;
        if (b is not null && (b.dim() != 1 || b.size(0) < outputs || !VectorKernels.Serve(b))) return null;
        var rows = x.numel() / inner;
        if (rows * inner * outputs > Largest) return null;
        return Multiply(x, w, b, (int)rows, (int)inner, (int)outputs);
    }

    /// <summary>Like <see cref="Linear"/>, of whatever size.</summary>
    internal static Tensor Multiply(Tensor x, Tensor w, Tensor? b, int rows, int inner, int outputs)
    {
        // TorchSharp's array of a shape takes thirty times as long as one size: libtorch calls back for it.
        var shape = new long[x.dim()];
        for (var i = 0; i < shape.Length - 1; i++) shape[i] = x.size(i);
        shape[^1] = outputs;
        var y = empty(shape, dtype: ScalarType.Float32, device: CPU);
        Multiply(
            VectorKernels.Address(x), VectorKernels.Address(w), b is null ? null : VectorKernels.Address(b), VectorKernels.Address(y), rows,
            inner, outputs);
        GC.KeepAlive(x);
        GC.KeepAlive(w);
        GC.KeepAlive(b);
        return y;
    }

    private static void Multiply(float* x, float* w, float* b, float* y, int rows, int inner, int outputs)
    {
        // Four rows of the weight stay in the first cache while all rows of x go by.
        for (var n = 0; n < outputs; n += 4, w += 4 * inner)
        {
            var bias = b is null ? Vector128<float>.Zero : Vector128.Load(b + n);
            var m = 0;
            for (; m + 4 <= rows; m += 4) Four(x + m * inner, w, y + m * outputs + n, bias, inner, outputs);
            for (; m < rows; m++) One(x + m * inner, w, bias, inner).Store(y + m * outputs + n);
        }
    }

    private static void Four(float* x, float* w, float* y, Vector128<float> bias, int inner, int outputs)
    {
        Vector512<float> a0 = default, a1 = default, a2 = default, a3 = default, b0 = default, b1 = default, b2 = default, b3 = default;
        Vector512<float> c0 = default, c1 = default, c2 = default, c3 = default, d0 = default, d1 = default, d2 = default, d3 = default;
        for (var k = 0; k < inner; k += Lanes)
        {
            Vector512<float> w0 = Vector512.Load(w + k), w1 = Vector512.Load(w + inner + k), w2 = Vector512.Load(w + 2 * inner + k),
                w3 = Vector512.Load(w + 3 * inner + k);
            var row = Vector512.Load(x + k);
            (a0, a1, a2, a3) = (Vector512.FusedMultiplyAdd(row, w0, a0), Vector512.FusedMultiplyAdd(row, w1, a1),
                Vector512.FusedMultiplyAdd(row, w2, a2), Vector512.FusedMultiplyAdd(row, w3, a3));
            row = Vector512.Load(x + inner + k);
            (b0, b1, b2, b3) = (Vector512.FusedMultiplyAdd(row, w0, b0), Vector512.FusedMultiplyAdd(row, w1, b1),
                Vector512.FusedMultiplyAdd(row, w2, b2), Vector512.FusedMultiplyAdd(row, w3, b3));
            row = Vector512.Load(x + 2 * inner + k);
            (c0, c1, c2, c3) = (Vector512.FusedMultiplyAdd(row, w0, c0), Vector512.FusedMultiplyAdd(row, w1, c1),
                Vector512.FusedMultiplyAdd(row, w2, c2), Vector512.FusedMultiplyAdd(row, w3, c3));
            row = Vector512.Load(x + 3 * inner + k);
            (d0, d1, d2, d3) = (Vector512.FusedMultiplyAdd(row, w0, d0), Vector512.FusedMultiplyAdd(row, w1, d1),
                Vector512.FusedMultiplyAdd(row, w2, d2), Vector512.FusedMultiplyAdd(row, w3, d3));
        }
        (VectorKernels.Sums(a0, a1, a2, a3) + bias).Store(y);
        (VectorKernels.Sums(b0, b1, b2, b3) + bias).Store(y + outputs);
        (VectorKernels.Sums(c0, c1, c2, c3) + bias).Store(y + 2 * outputs);
        (VectorKernels.Sums(d0, d1, d2, d3) + bias).Store(y + 3 * outputs);
    }

    private static Vector128<float> One(float* x, float* w, Vector128<float> bias, int inner)
    {
        Vector512<float> a0 = default, a1 = default, a2 = default, a3 = default;
        for (var k = 0; k < inner; k += Lanes)
        {
            var row = Vector512.Load(x + k);
            (a0, a1, a2, a3) = (Vector512.FusedMultiplyAdd(row, Vector512.Load(w + k), a0),
                Vector512.FusedMultiplyAdd(row, Vector512.Load(w + inner + k), a1),
                Vector512.FusedMultiplyAdd(row, Vector512.Load(w + 2 * inner + k), a2),
                Vector512.FusedMultiplyAdd(row, Vector512.Load(w + 3 * inner + k), a3));
        }
        return VectorKernels.Sums(a0, a1, a2, a3) + bias;
    }
}
