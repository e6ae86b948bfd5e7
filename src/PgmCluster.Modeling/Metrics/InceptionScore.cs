using PgmCluster.Modeling.Runtime;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Metrics;

/// <summary>
/// Inception score: images in a random order are cut into splits; of each, exp(mean KL(p(y|x) || p(y))); then the mean of them. Kept are
/// sums in float64 and one byte an image, so logits may come in any number of batches, in the images' order.
/// </summary>
public sealed class InceptionScore : IDisposable
{
    /// <summary>As the published scores use.</summary>
    public const int DefaultSplits = 10;

    private readonly byte[] _splitOf;
    private readonly long[] _sizes;
    private readonly Tensor _probabilities, _negativeEntropy;
    private int _added;

    /// <param name="order">
    /// The permutation: the image at each place. Splits are consecutive places, ceil(n / splits) each, so there may be fewer for few
    /// images.
    /// </param>
    /// <param name="classes">Width of the logits.</param>
    /// <param name="splits">At most 256.</param>
    public InceptionScore(IReadOnlyList<int> order, long classes, int splits = DefaultSplits)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(order.Count, 1, nameof(order));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(splits, byte.MaxValue + 1);
        var size = (order.Count + splits - 1) / splits;
        _splitOf = new byte[order.Count];
        _sizes = new long[(order.Count + size - 1) / size];
        for (var place = 0; place < order.Count; place++)
        {
            _splitOf[order[place]] = (byte)(place / size);
            _sizes[place / size]++;
        }
        _probabilities = zeros([_sizes.Length, classes], dtype: float64, device: CPU).DetachFromDisposeScope();
        _negativeEntropy = zeros(_sizes.Length, dtype: float64, device: CPU).DetachFromDisposeScope();
    }

    /// <summary>Images in each split.</summary>
    public IReadOnlyList<long> Sizes => _sizes;

    /// <summary>Adds the next images.</summary>
    /// <param name="logits">[n, classes]</param>
    public void Add(Tensor logits)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var count = (int)logits.shape[0];
        var splits = tensor(_splitOf.AsSpan(_added, count).ToArray(), device: CPU).to_type(int64);
        var logarithms = nn.functional.log_softmax(logits.to_type(float64), 1);
        var probabilities = logarithms.exp();
        _probabilities.index_add_(0, splits, probabilities, 1);
        _negativeEntropy.index_add_(0, splits, (probabilities * logarithms).sum(1), 1);
        _added += count;
    }

    /// <summary>The score of each split.</summary>
    /// <exception cref="InvalidOperationException">Not all images were added.</exception>
    public IReadOnlyList<double> OfSplits()
    {
        if (_added != _splitOf.Length) throw new InvalidOperationException($"{_added} of {_splitOf.Length} images were added.");
        using var scope = NewDisposeScope();
        // The mean of sum p (log p - log m) over images is the mean of sum p log p, minus sum m log m with m the mean of p.
        var sizes = tensor(_sizes, device: CPU).to_type(float64);
        var marginal = _probabilities / sizes.unsqueeze(1);
        var divergence = _negativeEntropy / sizes - marginal.xlogy(marginal).sum(1);
        return HostRead.Values<double>(divergence.exp());
    }

    /// <summary>The mean over the splits.</summary>
    public double Value() => OfSplits().Average();

    public void Dispose()
    {
        _probabilities.Dispose();
        _negativeEntropy.Dispose();
    }
}
