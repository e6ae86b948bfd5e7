using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using PgmCluster.Modeling.Runtime;
using TorchSharp;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Kernels;

/// <summary>
/// What kernels of this program's own share. They compute float32 on CPUs with AVX-512, on the thread that calls, every element in the same
/// way wherever it stands; elsewhere, and in other types, libtorch's operators do. A node of the graph that calls back into .NET costs some
/// 10 microseconds more than one of libtorch's, so only what saves much more than that belongs here.
/// </summary>
internal static class VectorKernels
{
    // Per thread: the gradients of the node before, which libtorch refers to itself by the time another node has its turn.
    [ThreadStatic]
    private static List<Tensor>? _given;

    /// <summary>True where this thread keeps gradients of a node that had its turn.</summary>
    public static bool KeepGradients => _given is not null;

    /// <summary>Floats of a vector.</summary>
    public const int Lanes = 16;

    /// <summary>
    /// Elements of an image's stream up to which kernels of inference compute it: libtorch spreads larger ones over threads, these have
    /// one. What other images there are decides nothing.
    /// </summary>
    public const long LargestImage = 1 << 17;

    /// <summary>Floats that are gone through at a time: a span has no more than 2^31 - 1 elements, a tensor may.</summary>
    public const int Slice = 1 << 28;

    /// <summary>
    /// True where the kernels may be used for this. Asks what <see cref="NativeRuntime.CpuModel"/> asks, which the numerics
    /// fingerprint names: where .NET prefers vectors of 256 bits the bits are the same.
    /// </summary>
    public static bool Serve(Tensor tensor) => ServeStrided(tensor) && tensor.is_contiguous();

    /// <summary>The same of tensors whose elements need not lie side by side.</summary>
    public static bool ServeStrided(Tensor tensor) =>
        Avx512F.IsSupported && tensor.device_type == DeviceType.CPU && tensor.dtype == ScalarType.Float32;

    /// <summary>
    /// The same for kernels of inference alone. Training computes blocks again without a graph and wants the same bits: that is not
    /// libtorch's inference mode.
    /// </summary>
    public static bool ServeInference(Tensor tensor) => is_inference_mode_enabled() && Serve(tensor);

    /// <summary>The same for a stream, [B, T, H], of whole vectors that is not too large.</summary>
    public static bool ServeStream(Tensor stream) => ServeInference(stream) && stream.dim() == 3
        && stream.size(2) is > 0 and var width && width % Lanes == 0 && stream.size(1) * width <= LargestImage;

    /// <summary>True for a row of each image of a stream, [B, 1, H] beside [B, T, H], side by side.</summary>
    public static bool IsRowPerImage(Tensor tensor, Tensor stream) => ServeStrided(tensor) && tensor.dim() == 3 && tensor.size(1) == 1
        && tensor.size(0) == stream.size(0) && tensor.size(2) == stream.size(2) && tensor.stride(2) == 1;

    /// <summary>True where a graph would be made of what is computed from this.</summary>
    public static bool NeedGraph(Tensor tensor) => is_grad_enabled() && tensor.requires_grad;

    /// <summary>Part of the memory of a contiguous float32 tensor of any size; the tensor must be kept alive meanwhile.</summary>
    /// <param name="tensor">Any shape, on the CPU.</param>
    /// <param name="first">Element with which the part begins.</param>
    /// <param name="count">Elements of the part.</param>
    public static unsafe Span<float> Floats(Tensor tensor, long first, int count) => new(Address(tensor) + first, count);

    /// <summary>A tensor's first element; the tensor must be kept alive meanwhile.</summary>
    public static unsafe float* Address(Tensor tensor) => (float*)TensorAddress.Of(tensor);

    /// <summary>
    /// What a node of the graph does when its turn comes going backward. The scope that is open then lasts until the whole graph was gone
    /// through, and would keep every gradient to its end: so nothing stays in it. Gradients are recorded only where somebody takes
    /// derivatives of them. An exception must not pass through libtorch's frames.
    /// </summary>
    /// <param name="gradient">Of the node's result; let go of here.</param>
    /// <param name="compute">Gradients of the node's operands; null for one that nobody needs.</param>
    public static List<Tensor> Backward(Tensor gradient, Func<List<Tensor>> compute)
    {
        LetGo();
        using var scope = NewDisposeScope();
        _given = compute();
        foreach (var tensor in _given) tensor?.DetachFromDisposeScope();
        gradient.Dispose();
        return _given;
    }

    /// <summary>
    /// Lets go of the last gradients that were given; at the end of a backward pass, on its thread. They are as large as activations.
    /// </summary>
    public static void LetGo()
    {
        foreach (var tensor in _given ?? []) tensor?.Dispose();
        _given = null;
    }

    /// <summary>The sum of a vector's elements, in the same order wherever .NET computes it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sum(Vector512<float> v)
    {
        var half = v.GetLower() + v.GetUpper();
        var quarter = half.GetLower() + half.GetUpper();
        return quarter[0] + quarter[1] + (quarter[2] + quarter[3]);
    }

    /// <summary>The sum of each of four vectors.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Sums(Vector512<float> a, Vector512<float> b, Vector512<float> c, Vector512<float> d)
    {
        static Vector128<float> Folded(Vector512<float> v)
        {
            var half = v.GetLower() + v.GetUpper();
            return half.GetLower() + half.GetUpper();
        }
        return Sse3.HorizontalAdd(Sse3.HorizontalAdd(Folded(a), Folded(b)), Sse3.HorizontalAdd(Folded(c), Folded(d)));
    }

    /// <summary>e^x to two units in the last place, after the polynomial of Cephes' expf; what would overflow is cut off.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Exp(Vector512<float> x)
    {
        // Adding it rounds to a whole number, which then stands in the low bits.
        var round = Vector512.Create(12582912f);
        x = Vector512.Min(Vector512.Max(x, Vector512.Create(-87f)), Vector512.Create(88f));
        var shifted = Vector512.FusedMultiplyAdd(x, Vector512.Create(1.44269504f), round);
        var whole = shifted - round;
        var rest = Vector512.FusedMultiplyAdd(whole, Vector512.Create(-0.693359375f), x);
        rest = Vector512.FusedMultiplyAdd(whole, Vector512.Create(2.12194440e-4f), rest);
        var p = Vector512.Create(1.9875691500e-4f);
        p = Vector512.FusedMultiplyAdd(p, rest, Vector512.Create(1.3981999507e-3f));
        p = Vector512.FusedMultiplyAdd(p, rest, Vector512.Create(8.3334519073e-3f));
        p = Vector512.FusedMultiplyAdd(p, rest, Vector512.Create(4.1665795894e-2f));
        p = Vector512.FusedMultiplyAdd(p, rest, Vector512.Create(1.6666665459e-1f));
        p = Vector512.FusedMultiplyAdd(p, rest, Vector512.Create(5.0000001201e-1f));
        p = Vector512.FusedMultiplyAdd(p, rest * rest, rest + Vector512<float>.One);
        return (p.AsInt32() + (shifted.AsInt32() << 23)).AsSingle();
    }
}
