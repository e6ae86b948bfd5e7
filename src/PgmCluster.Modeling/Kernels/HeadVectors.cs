using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Kernels;

/// <summary>
/// Head vectors turned where they are, and copied to where attention reads them, both through strides: libtorch makes a copy of what is to
/// be turned first. Letters: B batch, T rows, h heads, d head width.
/// </summary>
internal static unsafe class HeadVectors
{
    private const int Lanes = VectorKernels.Lanes;

    /// <summary>[a cos - b sin, b cos + a sin] of the halves a and b, written over them, in inference.</summary>
    /// <param name="x">F32 [B, T, h, d], each row's heads side by side.</param>
    /// <param name="cos">F32 [T, 1, d], [1, T, 1, d] or [B, T, 1, d], contiguous.</param>
    /// <param name="sin">Like cos, the first half negated.</param>
    /// <returns>False where it is for libtorch to compute; nothing is written then.</returns>
    public static bool TryTurn(Tensor x, Tensor cos, Tensor sin)
    {
        if (!IsServed(x) || !VectorKernels.Serve(cos) || !VectorKernels.Serve(sin)) return false;
        var (images, count, heads, width) = (x.size(0), x.size(1), (int)x.size(2), (int)x.size(3));
        var rows = count * width;
        var tables = cos.numel() == rows ? 1 : images;
        if (width % (2 * Lanes) != 0 || cos.size(-1) != width) return false;
        // Addresses know no bounds: what does not fit is for libtorch to compute or to refuse.
        if (cos.numel() != tables * rows || sin.numel() != tables * rows) return false;
        float* of = VectorKernels.Address(x), ofCos = VectorKernels.Address(cos), ofSin = VectorKernels.Address(sin);
        var (image, row, table) = (x.stride(0), x.stride(1), tables == 1 ? 0 : rows);
        for (var b = 0L; b < images; b++)
        {
            for (var t = 0L; t < count; t++)
                Turn(of + b * image + t * row, ofCos + b * table + t * width, ofSin + b * table + t * width, heads, width);
        }
        GC.KeepAlive(x);
        GC.KeepAlive(cos);
        GC.KeepAlive(sin);
        return true;
    }

    /// <summary>Copies all heads' vectors to a cache, in inference.</summary>
    /// <param name="x">F32 [B, T, h, d], each row's heads side by side.</param>
    /// <param name="cache">F32 [B, heads, positions, d], contiguous.</param>
    /// <param name="head">Head of the cache that receives the first.</param>
    /// <param name="position">Position of the cache that receives the first row.</param>
    /// <returns>False where it is for libtorch to copy; nothing is written then.</returns>
    public static bool TryCopy(Tensor x, Tensor cache, long head, long position)
    {
        if (!IsServed(x) || !VectorKernels.Serve(cache)) return false;
        var (images, rows, heads, width) = (x.size(0), x.size(1), x.size(2), x.size(3));
        var (keptHeads, capacity) = (cache.size(1), cache.size(2));
        // Addresses know no bounds: what does not fit is for libtorch to refuse.
        if (images != cache.size(0) || head + heads > keptHeads || position + rows > capacity || width != cache.size(3)) return false;
        float* from = VectorKernels.Address(x), to = VectorKernels.Address(cache) + (head * capacity + position) * width;
        var (image, row) = (x.stride(0), x.stride(1));
        for (var b = 0L; b < images; b++, to += keptHeads * capacity * width)
        {
            for (var t = 0L; t < rows; t++)
            {
                for (var h = 0L; h < heads; h++)
                    new ReadOnlySpan<float>(from + b * image + t * row + h * width, (int)width)
                        .CopyTo(new Span<float>(to + (h * capacity + t) * width, (int)width));
            }
        }
        GC.KeepAlive(x);
        GC.KeepAlive(cache);
        return true;
    }

    private static bool IsServed(Tensor x) => is_inference_mode_enabled() && VectorKernels.ServeStrided(x) && x.dim() == 4
        && x.size(1) * x.size(2) * x.size(3) <= VectorKernels.LargestImage && x.stride(3) == 1 && x.stride(2) == x.size(3);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Turn(float* x, float* cos, float* sin, int heads, int width)
    {
        var half = width / 2;
        for (var h = 0; h < heads; h++, x += width)
        {
            for (var i = 0; i < half; i += Lanes)
            {
                Vector512<float> a = Vector512.Load(x + i), b = Vector512.Load(x + half + i);
                Vector512.FusedMultiplyAdd(b, Vector512.Load(sin + i), a * Vector512.Load(cos + i)).Store(x + i);
                Vector512.FusedMultiplyAdd(a, Vector512.Load(sin + half + i), b * Vector512.Load(cos + half + i)).Store(x + half + i);
            }
        }
    }
}
