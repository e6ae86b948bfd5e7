using static TorchSharp.torch;

namespace PgmCluster.Modeling.Optimization;

/// <summary>L2 norm of the whole gradient, the same to the last bit for any number of workers: sums over fixed chunks, added up in order in float64.</summary>
public static class GradientNorm
{
    /// <summary>Elements of a chunk.</summary>
    public const long Chunk = 4096;

    /// <param name="flat">F32, a whole number of chunks.</param>
    public static double Of(Tensor flat)
    {
        var sums = new float[flat.shape[0] / Chunk];
        ChunkSums(flat, sums);
        return Of(sums);
    }

    /// <summary>The norm, from the sums of all chunks in order.</summary>
    public static double Of(ReadOnlySpan<float> chunkSums)
    {
        var total = 0.0;
        foreach (var sum in chunkSums) total += sum;
        return Math.Sqrt(total);
    }

    /// <summary>Sum of squares of each chunk.</summary>
    /// <param name="flat">F32, a whole number of chunks: all of the gradient or a part of it.</param>
    /// <param name="sums">One per chunk.</param>
    public static void ChunkSums(Tensor flat, Span<float> sums)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        flat.view(-1, Chunk).square().sum(1).cpu().data<float>().ToArray().CopyTo(sums);
    }

    /// <summary>What a gradient is multiplied by to keep within the limit, as PyTorch's clip_grad_norm_ does; 1 or more means not at all.</summary>
    public static double Scale(double norm, double limit) => limit / (norm + 1e-6);

    /// <summary>Scales the gradient down to a norm; see <see cref="Scale"/>.</summary>
    /// <returns>The norm before.</returns>
    public static double Clip(Tensor flat, double limit)
    {
        var norm = Of(flat);
        var scale = Scale(norm, limit);
        if (scale < 1) flat.mul_((float)scale);
        return norm;
    }
}
