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
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var sums = flat.view(-1, Chunk).square().sum(1).cpu().data<float>();
        var total = 0.0;
        foreach (var sum in sums) total += sum;
        return Math.Sqrt(total);
    }

    /// <summary>Scales the gradient down to a norm, as PyTorch's clip_grad_norm_ does.</summary>
    /// <returns>The norm before.</returns>
    public static double Clip(Tensor flat, double limit)
    {
        var norm = Of(flat);
        var scale = limit / (norm + 1e-6);
        if (scale < 1) flat.mul_((float)scale);
        return norm;
    }
}
