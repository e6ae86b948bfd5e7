using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Kernels;

/// <summary>
/// Layer norm and what conditioning does to it (AdaLN) in one pass over a row, where libtorch has two operators. Letters: B batch, T rows,
/// H width.
/// </summary>
internal static unsafe class ModulatedNorm
{
    private const int Lanes = VectorKernels.Lanes;

    /// <summary>norm(x) · w · scale + shift in inference; null where it is for libtorch to compute.</summary>
    /// <param name="x">F32 [B, T, H], contiguous.</param>
    /// <param name="w">F32 [H], contiguous.</param>
    /// <param name="shift">F32 [B, 1, H]</param>
    /// <param name="scale">F32 [B, 1, H]</param>
    /// <param name="epsilon">Added to the variance.</param>
    /// <returns>F32 [B, T, H]</returns>
    public static Tensor? Of(Tensor x, Tensor w, Tensor shift, Tensor scale, double epsilon)
    {
        if (!VectorKernels.ServeStream(x) || !VectorKernels.Serve(w) || w.numel() != x.size(2)) return null;
        if (!VectorKernels.IsRowPerImage(shift, x) || !VectorKernels.IsRowPerImage(scale, x)) return null;
        var y = empty_like(x);
        float* from = VectorKernels.Address(x), to = VectorKernels.Address(y), ofW = VectorKernels.Address(w);
        float* ofShift = VectorKernels.Address(shift), ofScale = VectorKernels.Address(scale);
        var (images, rows, width, shiftImage, scaleImage) = (x.size(0), x.size(1), (int)x.size(2), shift.stride(0), scale.stride(0));
        for (var b = 0L; b < images; b++, ofShift += shiftImage, ofScale += scaleImage)
        {
            for (var t = 0L; t < rows; t++, from += width, to += width)
                Row(from, to, ofW, ofShift, ofScale, width, (float)epsilon);
        }
        GC.KeepAlive(x);
        GC.KeepAlive(w);
        GC.KeepAlive(shift);
        GC.KeepAlive(scale);
        return y;
    }

    /// <summary>norm(x) alone.</summary>
    /// <param name="x">F32 [B, T, H], contiguous.</param>
    /// <param name="epsilon">Added to the variance.</param>
    /// <returns>Like x; null where it is for libtorch to compute.</returns>
    public static Tensor? Of(Tensor x, double epsilon)
    {
        if (!VectorKernels.ServeStream(x)) return null;
        var y = empty_like(x);
        float* from = VectorKernels.Address(x), to = VectorKernels.Address(y);
        var width = (int)x.size(2);
        for (var rows = x.size(0) * x.size(1); rows > 0; rows--, from += width, to += width)
        {
            var (mean, factor) = Moments(from, width, (float)epsilon);
            for (var i = 0; i < width; i += Lanes) ((Vector512.Load(from + i) - mean) * factor).Store(to + i);
        }
        GC.KeepAlive(x);
        return y;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Row(float* x, float* y, float* w, float* shift, float* scale, int width, float epsilon)
    {
        var (mean, factor) = Moments(x, width, epsilon);
        for (var i = 0; i < width; i += Lanes)
        {
            var normal = (Vector512.Load(x + i) - mean) * factor * Vector512.Load(w + i);
            Vector512.FusedMultiplyAdd(normal, Vector512.Load(scale + i), Vector512.Load(shift + i)).Store(y + i);
        }
    }

    /// <summary>Mean, and one over the standard deviation, in every element.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector512<float> Mean, Vector512<float> Factor) Moments(float* x, int width, float epsilon)
    {
        var sum = Vector512<float>.Zero;
        for (var i = 0; i < width; i += Lanes) sum += Vector512.Load(x + i);
        var (mean, squares) = (Vector512.Create(VectorKernels.Sum(sum) / width), Vector512<float>.Zero);
        for (var i = 0; i < width; i += Lanes)
        {
            var apart = Vector512.Load(x + i) - mean;
            squares = Vector512.FusedMultiplyAdd(apart, apart, squares);
        }
        return (mean, Vector512.Create(1 / MathF.Sqrt(VectorKernels.Sum(squares) / width + epsilon)));
    }
}
