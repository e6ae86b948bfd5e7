using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using TorchSharp;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Kernels;

/// <summary>
/// GELU by its tanh formula (arXiv 1606.08415): x s with s = sigmoid(2 a (x + b x^3)), a = sqrt(2/pi), b = 0.044715. It keeps x alone:
/// going back it makes the slope of it, which costs another exponential and saves writing the slope and reading it.
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
        Forward(x, y, VectorKernels.Slice);
        return y;
    }

    /// <param name="x">Contiguous, of any size.</param>
    /// <param name="y">Like x; may be <paramref name="x"/>.</param>
    /// <param name="slice">Elements at a time; the bits do not depend on it.</param>
    internal static void Forward(Tensor x, Tensor y, int slice)
    {
        var elements = x.numel();
        for (var first = 0L; first < elements; first += slice)
        {
            var count = (int)Math.Min(slice, elements - first);
            Forward(VectorKernels.Floats(x, first, count), VectorKernels.Floats(y, first, count));
        }
        GC.KeepAlive(x);
        GC.KeepAlive(y);
    }

    /// <param name="x">Contiguous, of any size.</param>
    /// <param name="gradients">Of the results, like x.</param>
    /// <param name="given">Like x: receives the gradients times the slopes.</param>
    /// <param name="slice">Elements at a time; the bits do not depend on it.</param>
    internal static void Backward(Tensor x, Tensor gradients, Tensor given, int slice)
    {
        var elements = x.numel();
        for (var first = 0L; first < elements; first += slice)
        {
            var count = (int)Math.Min(slice, elements - first);
            Backward(
                VectorKernels.Floats(x, first, count), VectorKernels.Floats(gradients, first, count),
                VectorKernels.Floats(given, first, count));
        }
        GC.KeepAlive(x);
        GC.KeepAlive(gradients);
        GC.KeepAlive(given);
    }

    /// <param name="x">Values.</param>
    /// <param name="y">Receives the results; may be <paramref name="x"/>.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Forward(ReadOnlySpan<float> x, Span<float> y)
    {
        ref var from = ref MemoryMarshal.GetReference(x);
        ref var to = ref MemoryMarshal.GetReference(y);
        var i = 0;
        for (; i <= x.Length - VectorKernels.Lanes; i += VectorKernels.Lanes)
        {
            var v = Vector512.LoadUnsafe(ref from, (nuint)i);
            (v * Sigmoid(v)).StoreUnsafe(ref to, (nuint)i);
        }
        if (i == x.Length) return;
        // What is left of a vector, in one that is padded.
        Span<float> rest = stackalloc float[VectorKernels.Lanes];
        rest.Clear();
        x[i..].CopyTo(rest);
        var last = Vector512.Create<float>(rest);
        (last * Sigmoid(last)).CopyTo(rest);
        rest[..(x.Length - i)].CopyTo(y[i..]);
    }

    /// <param name="x">Values.</param>
    /// <param name="gradients">Of the results.</param>
    /// <param name="given">Receives the gradients of the values.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Backward(ReadOnlySpan<float> x, ReadOnlySpan<float> gradients, Span<float> given)
    {
        ref var from = ref MemoryMarshal.GetReference(x);
        ref var of = ref MemoryMarshal.GetReference(gradients);
        ref var to = ref MemoryMarshal.GetReference(given);
        var i = 0;
        for (; i <= x.Length - VectorKernels.Lanes; i += VectorKernels.Lanes)
        {
            var v = Vector512.LoadUnsafe(ref from, (nuint)i);
            (Slope(v, Sigmoid(v)) * Vector512.LoadUnsafe(ref of, (nuint)i)).StoreUnsafe(ref to, (nuint)i);
        }
        if (i == x.Length) return;
        Span<float> rest = stackalloc float[VectorKernels.Lanes];
        rest.Clear();
        x[i..].CopyTo(rest);
        var last = Vector512.Create<float>(rest);
        gradients[i..].CopyTo(rest);
        (Slope(last, Sigmoid(last)) * Vector512.Create<float>(rest)).CopyTo(rest);
        rest[..(x.Length - i)].CopyTo(given[i..]);
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
            var y = empty_like(x);
            Forward(x, y, VectorKernels.Slice);
            ctx.save_for_backward([x]);
            return y;
        }

        public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output) =>
            VectorKernels.Backward(grad_output, () => [Given(ctx.get_saved_variables()[0], grad_output)]);

        private static Tensor Given(Tensor x, Tensor gradients)
        {
            // Somebody takes derivatives of the gradients: libtorch's operators have them.
            if (is_grad_enabled()) return SlopeOf(x) * gradients;
            var given = empty_like(x);
            TanhGelu.Backward(x, gradients.contiguous(), given, VectorKernels.Slice);
            return given;
        }

        private static Tensor SlopeOf(Tensor x)
        {
            var s = ((x * x * B + 1) * x * A2).sigmoid();
            return s + x * (x * x * (3 * B) + 1) * A2 * s * (1 - s);
        }
    }
}
