using static TorchSharp.torch;

namespace PgmCluster.Modeling.Optimization;

/// <summary>
/// Sums the micro-batches' gradients in one fixed binary tree over their indices, so that the sum has the same bits whoever computed
/// which leaf. Works as a binary counter: after leaf i the buffers hold the largest complete nodes, never more than 2 log2 V of them.
/// </summary>
public sealed class GradientTree : IDisposable
{
    private readonly List<Tensor> _free = [];
    private readonly List<(TreeNode Node, Tensor Sum)> _pending = [];
    private readonly long _length;
    private readonly Device _device;
    private int _next;

    /// <param name="length">Elements of a gradient.</param>
    /// <param name="device">Where it lies.</param>
    public GradientTree(long length, Device device) => (_length, _device) = (length, device);

    /// <summary>The sums so far, in leaf order; the tree's own tensors, F32 [P], to be used before the tree is emptied.</summary>
    public IReadOnlyList<(TreeNode Node, Tensor Sum)> Nodes => _pending;

    /// <summary>The root, F32 [P]; the tree's own tensor, to be used before the tree is emptied.</summary>
    /// <exception cref="InvalidOperationException">The number of leaves is not a power of two.</exception>
    public Tensor Sum =>
        _pending.Count == 1 ? _pending[0].Sum : throw new InvalidOperationException("The number of micro-batches is not a power of two.");

    /// <summary>Adds the next leaf. The tensor is copied and may be used again at once.</summary>
    public void Add(Tensor leaf)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var node = new TreeNode(0, _next++);
        Tensor? sum = null;
        while (_pending.Count > 0 && _pending[^1].Node.IsLeftSiblingOf(node))
        {
            var left = _pending[^1].Sum;
            _pending.RemoveAt(_pending.Count - 1);
            left.add_(sum ?? leaf);
            if (sum is not null) _free.Add(sum);
            (sum, node) = (left, node.Parent);
        }
        _pending.Add((node, sum ?? Rent().copy_(leaf)));
    }

    /// <summary>Empties the tree.</summary>
    /// <param name="first">The leaf that will be added next.</param>
    public void Clear(int first = 0)
    {
        foreach (var (_, sum) in _pending) _free.Add(sum);
        _pending.Clear();
        _next = first;
    }

    /// <summary>Writes the root, scaled, to <paramref name="destination"/> and empties the tree.</summary>
    /// <exception cref="InvalidOperationException">The number of leaves is not a power of two.</exception>
    public void Root(Tensor destination, double scale)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        destination.copy_(Sum).mul_(scale);
        Clear();
    }

    /// <summary>The same tree over plain numbers; the count must be a power of two.</summary>
    public static double SumOf(ReadOnlySpan<double> leaves) =>
        leaves.Length == 1 ? leaves[0] : SumOf(leaves[..(leaves.Length / 2)]) + SumOf(leaves[(leaves.Length / 2)..]);

    public void Dispose()
    {
        foreach (var (_, sum) in _pending) sum.Dispose();
        foreach (var tensor in _free) tensor.Dispose();
    }

    private Tensor Rent()
    {
        if (_free.Count == 0) return zeros(_length, dtype: float32, device: _device).DetachFromDisposeScope();
        var tensor = _free[^1];
        _free.RemoveAt(_free.Count - 1);
        return tensor;
    }
}
