using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using TorchSharp;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Kernels;

/// <summary>
/// GELU by its tanh formula (arXiv 1606.08415): x s with s = sigmoid(2 a (x + b x^3)), a = sqrt(2/pi), b = 0.044715. Going forward it makes
/// the slope as well, from the same exponential, and keeps that instead of x: the way back is one product.
/// </summary>
internal static class TanhGelu
{
    private const float A2 = 2 * 0.7978845608028654f, B = 0.044715f;

    /// <param name="x">Any shape. Without a graph it is overwritten where <paramref name="mayOverwrite"/>.</param>
    /// <param name="mayOverwrite">Nobody needs <paramref name="x"/> afterwards.</param>
    public static Tensor Of(Tensor x, bool mayOverwrite)
    {
        if (!VectorKernels.Serve(x))
            return nn.functional.gelu(x, TorchSharp.Modules.GELU.Approximate.tanh, mayOverwrite && !VectorKernels.NeedGraph(x));
        if (VectorKernels.NeedGraph(x)) return Function.apply(x);
        var y = mayOverwrite ? x : empty_like(x);
        Forward(x, y, null, VectorKernels.Slice);
        return y;
    }

    /// <param name="x">Contiguous, of any size.</param>
    /// <param name="y">Like x; may be <paramref name="x"/>.</param>
    /// <param name="slopes">Like x, or null where they are not wanted.</param>
    /// <param name="slice">Elements at a time; the bits do not depend on it.</param>
    internal static void Forward(Tensor x, Tensor y, Tensor? slopes, int slice)
    {
        var elements = x.numel();
        for (var first = 0L; first < elements; first += slice)
        {
            var count = (int)Math.Min(slice, elements - first);
            Forward(
                VectorKernels.Floats(x, first, count), VectorKernels.Floats(y, first, count),
                slopes is null ? default : VectorKernels.Floats(slopes, first, count));
        }
        GC.KeepAlive(x);
        GC.KeepAlive(y);
        GC.KeepAlive(slopes);
    }

    /// <param name="x">Values.</param>
    /// <param name="y">Receives the results; may be <paramref name="x"/>.</param>
    /// <param name="slopes">Receives the derivatives; empty where they are not wanted.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Forward(ReadOnlySpan<float> x, Span<float> y, Span<float> slopes)
    {
        ref var from = ref MemoryMarshal.GetReference(x);
        ref var to = ref MemoryMarshal.GetReference(y);
        var i = 0;
        for (; i <= x.Length - VectorKernels.Lanes; i += VectorKernels.Lanes)
        {
            var v = Vector512.LoadUnsafe(ref from, (nuint)i);
            var s = Sigmoid(v);
            (v * s).StoreUnsafe(ref to, (nuint)i);
            if (!slopes.IsEmpty) Slope(v, s).StoreUnsafe(ref MemoryMarshal.GetReference(slopes), (nuint)i);
        }
        if (i == x.Length) return;
        // What is left of a vector, in one that is padded.
        Span<float> rest = stackalloc float[VectorKernels.Lanes];
        rest.Clear();
        x[i..].CopyTo(rest);
        var last = Vector512.Create<float>(rest);
        var sigmoid = Sigmoid(last);
        (last * sigmoid).CopyTo(rest);
        rest[..(x.Length - i)].CopyTo(y[i..]);
        if (slopes.IsEmpty) return;
        Slope(last, sigmoid).CopyTo(rest);
        rest[..(x.Length - i)].CopyTo(slopes[i..]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Sigmoid(Vector512<float> v) => Vector512<float>.One / (Vector512<float>.One
        + VectorKernels.Exp(Vector512.FusedMultiplyAdd(v * v, Vector512.Create(-A2 * B), Vector512.Create(-A2)) * v));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Slope(Vector512<float> v, Vector512<float> s) => Vector512.FusedMultiplyAdd(
        Vector512.FusedMultiplyAdd(v * v, Vector512.Create(3 * A2 * B), Vector512.Create(A2)) * v, s - s * s, s);

    private sealed class Function : autograd.SingleTensorFunction<Function>
    {
        public override string Name => nameof(TanhGelu);

        public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
        {
            using var _ = no_grad();
            var x = (Tensor)vars[0];
            var (y, slopes) = (empty_like(x), empty_like(x));
            Forward(x, y, slopes, VectorKernels.Slice);
            ctx.save_for_backward([slopes]);
            return y;
        }

        public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output) =>
            VectorKernels.Backward(grad_output, () => [ctx.get_saved_variables()[0] * grad_output]);
    }
}
