using PgmCluster.Modeling.Runtime;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Optimization;

/// <summary>
/// L2 norm of the whole gradient, the same to the last bit for any number of workers and however the gradient was gone through: float32
/// norms of fixed chunks, whose squares are summed in float64. All of it stays on the device.
/// </summary>
public static class GradientNorm
{
    /// <summary>Elements of a chunk.</summary>
    public const long Chunk = 4096;

    /// <summary>Norm of each chunk.</summary>
    /// <param name="flat">F32, a whole number of chunks: all of the gradient or a part of it.</param>
    /// <param name="norms">F32, one per chunk; overwritten.</param>
    public static void OfChunks(Tensor flat, Tensor norms)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        norms.copy_(linalg.vector_norm(flat.view(-1, Chunk), 2, [1]));
    }

    /// <summary>The norm, from those of all chunks in order: F64 scalar.</summary>
    public static Tensor FromChunks(Tensor norms)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        return norms.to_type(float64).square().sum().sqrt().MoveToOuterDisposeScope();
    }

    /// <summary>
    /// What a gradient is multiplied by to keep within the limit, at most 1, as PyTorch's clip_grad_norm_ does: F32 scalar.
    /// </summary>
    /// <param name="norm">F64 scalar.</param>
    /// <param name="limit">Of the norm.</param>
    public static Tensor Scale(Tensor norm, double limit)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        return (norm + 1e-6).reciprocal_().mul_(limit).clamp_max_(1).to_type(float32).MoveToOuterDisposeScope();
    }

    /// <summary>Scales the gradient down to a norm; see <see cref="Scale"/>.</summary>
    /// <param name="flat">F32, a whole number of chunks.</param>
    /// <param name="limit">Of the norm.</param>
    /// <returns>The norm before.</returns>
    public static double Clip(Tensor flat, double limit)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var norms = empty(flat.shape[0] / Chunk, dtype: float32, device: flat.device);
        OfChunks(flat, norms);
        var norm = FromChunks(norms);
        flat.mul_(Scale(norm, limit));
        return HostRead.Scalar<double>(norm);
    }
}
