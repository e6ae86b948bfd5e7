using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using PgmCluster.Modeling.Runtime;
using TorchSharp;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Kernels;

/// <summary>
/// y = x W^T + b where x and W, and going backward the gradient of y, are rounded to bfloat16 before they are multiplied. Products are
/// summed in float32 and come out as float32; the bias and its gradient are float32 all through. Letters: M rows, K inputs, N outputs.
/// </summary>
internal static unsafe class BFloat16Linear
{
    /// <summary>Rows below which a product takes less time than rounding the weight for it.</summary>
    public const long FewestRows = 32;

    /// <summary>The product; null where its sizes are not for this, so that it is computed in float32.</summary>
    /// <param name="x">F32 [..., K], on the CPU.</param>
    /// <param name="w">F32 [N, K], contiguous.</param>
    /// <param name="b">F32 [N], or null.</param>
    /// <returns>F32 [..., N]</returns>
    public static Tensor? Of(Tensor x, Tensor w, Tensor? b)
    {
        if (!VectorKernels.ServeStrided(x) || !VectorKernels.Serve(w) || w.dim() != 2) return null;
        var (outputs, inner) = (w.size(0), w.size(1));
        if (inner % BFloat16Packing.Step != 0 || outputs % BFloat16Packing.Step != 0 || x.size(-1) != inner) return null;
        if (x.numel() < FewestRows * inner || (b is not null && (b.dim() != 1 || b.size(0) != outputs))) return null;
        if (VectorKernels.NeedGraph(x) || VectorKernels.NeedGraph(w))
            return b is null ? Function.apply(x, w) : Function.apply(x, w, b);
        using var scope = NewDisposeScope();
        return Forward(x, w, b).MoveToOuterDisposeScope();
    }

    /// <summary>The numbers of a matrix, [R, C], in bfloat16, two in each number of the result.</summary>
    internal static Tensor Rounded(Tensor matrix)
    {
        var room = Room(1, matrix.numel());
        BFloat16Packing.Rows(VectorKernels.Address(matrix), 1, matrix.numel(), Address(room));
        GC.KeepAlive(matrix);
        return room;
    }

    private static Tensor Forward(Tensor x, Tensor w, Tensor? b)
    {
        x = x.contiguous();
        var (outputs, inner) = (w.size(0), w.size(1));
        var rows = x.numel() / inner;
        var left = Rounded(x);
        var right = Room(outputs, inner);
        BFloat16Packing.PanelsOfColumns(VectorKernels.Address(w), outputs, inner, Address(right));
        var y = Like(x, outputs);
        Multiply(left, right, y, rows, inner, outputs, b);
        GC.KeepAlive(x);
        GC.KeepAlive(w);
        return y;
    }

    /// <summary>gradient W</summary>
    private static Tensor OfInput(Tensor gradient, Tensor w)
    {
        var (outputs, inner) = (w.size(0), w.size(1));
        var rows = gradient.numel() / outputs;
        var left = Rounded(gradient);
        var right = Room(outputs, inner);
        BFloat16Packing.PanelsOfRows(VectorKernels.Address(w), outputs, inner, Address(right));
        var given = Like(gradient, inner);
        Multiply(left, right, given, rows, outputs, inner, null);
        GC.KeepAlive(gradient);
        GC.KeepAlive(w);
        return given;
    }

    /// <summary>gradient^T x</summary>
    private static Tensor OfWeight(Tensor gradient, Tensor x, Tensor w)
    {
        x = x.contiguous();
        var (outputs, inner) = (w.size(0), w.size(1));
        var rows = gradient.numel() / outputs;
        var padded = BFloat16Packing.Padded(rows);
        var left = Room(padded, outputs);
        var right = Room(padded, inner);
        BFloat16Packing.Columns(VectorKernels.Address(gradient), rows, outputs, Address(left));
        BFloat16Packing.PanelsOfRows(VectorKernels.Address(x), rows, inner, Address(right));
        var given = empty(outputs, inner, dtype: ScalarType.Float32, device: CPU);
        Multiply(left, right, given, outputs, padded, inner, null);
        GC.KeepAlive(gradient);
        GC.KeepAlive(x);
        return given;
    }

    private static void Multiply(Tensor left, Tensor right, Tensor into, long rows, long inner, long columns, Tensor? bias)
    {
        uint* a = Address(left), b = Address(right);
        var c = VectorKernels.Address(into);
        for (var first = 0L; first < columns; first += BFloat16Packing.PanelWidth)
        {
            var width = Math.Min(BFloat16Packing.PanelWidth, columns - first);
            BFloat16Products.Multiply(rows, width, inner, a, b + first * inner / 2, c + first, columns);
            // While the panel's results are still in the cache.
            if (bias is not null) Add(VectorKernels.Address(bias) + first, c + first, rows, width, columns);
        }
        BFloat16Products.Release();
        GC.KeepAlive(left);
        GC.KeepAlive(right);
        GC.KeepAlive(into);
        GC.KeepAlive(bias);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Add(float* bias, float* to, long rows, long width, long stride)
    {
        for (var column = 0L; column < width; column += VectorKernels.Lanes)
        {
            var b = Vector512.Load(bias + column);
            var at = to + column;
            for (var row = 0L; row < rows; row++, at += stride) (Vector512.Load(at) + b).Store(at);
        }
    }

    /// <summary>Room for so many numbers of bfloat16.</summary>
    private static Tensor Room(long rows, long columns) => empty(rows * columns / 2, dtype: ScalarType.Int32, device: CPU);

    private static uint* Address(Tensor room) => (uint*)TensorAddress.Of(room);

    private static Tensor Like(Tensor x, long width)
    {
        var shape = new long[x.dim()];
        for (var i = 0; i < shape.Length - 1; i++) shape[i] = x.size(i);
        shape[^1] = width;
        return empty(shape, dtype: ScalarType.Float32, device: CPU);
    }

    private sealed class Function : autograd.SingleTensorFunction<Function>
    {
        private const string NeedsInput = "input";

        public override string Name => nameof(BFloat16Linear);

        public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
        {
            using var _ = no_grad();
            using var scope = NewDisposeScope();
            var (x, w, b) = ((Tensor)vars[0], (Tensor)vars[1], vars.Length > 2 ? (Tensor)vars[2] : null);
            ctx.save_for_backward(b is null ? [x, w] : [x, w, b]);
            ctx.save_data(NeedsInput, x.requires_grad);
            return Forward(x, w, b).MoveToOuterDisposeScope();
        }

        public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output) => VectorKernels.Backward(
            grad_output, () => Given(ctx.get_saved_variables(), grad_output, (bool)ctx.get_data(NeedsInput)));

        private static List<Tensor> Given(List<Tensor> saved, Tensor gradient, bool needsInput)
        {
            var (x, w) = (saved[0], saved[1]);
            List<Tensor> given;
            if (is_grad_enabled())
            {
                // Somebody takes derivatives of the gradients: libtorch's operators have them, in float32.
                given = [gradient.matmul(w), gradient.flatten(0, -2).t().matmul(x.flatten(0, -2))];
            }
            else
            {
                gradient = gradient.contiguous();
                given = [needsInput ? OfInput(gradient, w) : null!, OfWeight(gradient, x, w)];
            }
            if (saved.Count > 2) given.Add(gradient.flatten(0, -2).sum([0L]));
            return given;
        }
    }
}
