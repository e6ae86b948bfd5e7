using PgmCluster.Modeling.Runtime;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Metrics;

/// <summary>
/// Frechet distance between two normal distributions: |mu1 - mu2|^2 + tr C1 + tr C2 - 2 tr (C1 C2)^(1/2), in float64. It is called FID only
/// where the features are those of the FID Inception network. Never below 0: what rounding leaves below is 0.
/// </summary>
public static class FrechetDistance
{
    public static double Between(FeatureStatistics a, FeatureStatistics b)
    {
        using var scope = NewDisposeScope();
        return Between(a.Mean(), a.Covariance(), b.Mean(), b.Covariance());
    }

    /// <param name="mean1">F64 [d]</param>
    /// <param name="covariance1">F64 [d, d]</param>
    /// <param name="mean2">F64 [d]</param>
    /// <param name="covariance2">F64 [d, d]</param>
    public static double Between(Tensor mean1, Tensor covariance1, Tensor mean2, Tensor covariance2)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        // tr (C1 C2)^(1/2) = tr (R C2 R)^(1/2) with R = C1^(1/2); the latter is symmetric, so its eigenvalues are real.
        var (values, vectors) = linalg.eigh(covariance1);
        var root = (vectors * values.clamp_min(0).sqrt()).matmul(vectors.t());
        var product = root.matmul(covariance2).matmul(root);
        var eigenvalues = linalg.eigvalsh((product + product.t()) / 2);
        var trace = eigenvalues.clamp_min(0).sqrt().sum();
        var distance = (mean1 - mean2).square().sum() + covariance1.trace() + covariance2.trace() - 2 * trace;
        return HostRead.Scalar<double>(distance.clamp_min(0));
    }
}
