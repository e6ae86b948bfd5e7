using static TorchSharp.torch;

namespace PgmCluster.Modeling.Metrics;

/// <summary>
/// Mean and covariance of features, accumulated in float64 batch by batch: memory does not depend on how many there are. Folding
/// batches in one fixed order gives the same bits whoever computed the features; so they are on the CPU, whatever the features came from.
/// </summary>
public sealed class FeatureStatistics : IDisposable
{
    private readonly Tensor _sum, _products, _origin;
    private bool _hasOrigin;

    /// <param name="width">Features per image.</param>
    public FeatureStatistics(long width)
    {
        _sum = zeros(width, dtype: float64, device: CPU).DetachFromDisposeScope();
        _products = zeros([width, width], dtype: float64, device: CPU).DetachFromDisposeScope();
        _origin = zeros(width, dtype: float64, device: CPU).DetachFromDisposeScope();
    }

    public long Count { get; private set; }

    /// <summary>Adds a batch.</summary>
    /// <param name="features">[n, width]</param>
    public void Add(Tensor features)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var rows = features.to_type(float64);
        if (!_hasOrigin)
        {
            // Sums of squares about a point near the mean lose no digits; the first batch's mean is near enough.
            _origin.copy_(rows.mean([0L]));
            _hasOrigin = true;
        }
        var centred = rows - _origin;
        _sum.add_(centred.sum([0L]));
        _products.add_(centred.t().matmul(centred));
        Count += rows.shape[0];
    }

    /// <summary>Adds what another one has accumulated. The same merges in the same order give the same bits.</summary>
    public void Merge(FeatureStatistics other)
    {
        if (other.Count == 0) return;
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        if (!_hasOrigin)
        {
            _origin.copy_(other._origin);
            _hasOrigin = true;
        }
        // The other's rows are about its own origin: moved by the difference of the origins they are about this one's.
        var shift = other._origin - _origin;
        var cross = outer(other._sum, shift);
        _products.add_(other._products + cross + cross.t() + other.Count * outer(shift, shift));
        _sum.add_(other._sum + other.Count * shift);
        Count += other.Count;
    }

    /// <summary>F64 [width].</summary>
    public Tensor Mean()
    {
        using var scope = NewDisposeScope();
        return (_origin + _sum / Count).MoveToOuterDisposeScope();
    }

    /// <summary>With n - 1, F64 [width, width].</summary>
    public Tensor Covariance()
    {
        using var scope = NewDisposeScope();
        var mean = _sum / Count;
        return ((_products - Count * outer(mean, mean)) / (Count - 1)).MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        _sum.Dispose();
        _products.Dispose();
        _origin.Dispose();
    }
}
