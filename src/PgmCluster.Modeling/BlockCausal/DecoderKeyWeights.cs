using PgmCluster.Modeling.Attention;
using PgmCluster.Modeling.Blocks;
using PgmCluster.Modeling.Kernels;
using PgmCluster.Modeling.Partition;
using PgmCluster.Modeling.Runtime;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.BlockCausal;

/// <summary>
/// Keys and values of GroupSwap and of all cross blocks, made of new positions together. Each projection for cross blocks norms the encoder
/// output with a weight of its own: without a bias that is a factor on the columns of its product, so that one norm without weight and one
/// product serve all. Letters: B batch, C new positions, H width, n projections (one for each cross block, or one for all), h heads, d head
/// width.
/// </summary>
internal sealed class DecoderKeyWeights : IDisposable
{
    private readonly HeldTensors _held = new();
    private readonly Tensor _swap, _swapBias;                                                    // [2H, H], [2H]: values, then keys
    private readonly Tensor? _cross;                                                             // [2nH, H]: keys of all, then values
    private readonly ScalarType _type;
    private readonly long _heads, _projections, _hidden;

    /// <param name="swap">GroupSwap.</param>
    /// <param name="projections">Those for cross blocks, n.</param>
    /// <param name="heads">h</param>
    /// <param name="type">Of the products.</param>
    public DecoderKeyWeights(GroupSwapLayer swap, IReadOnlyList<CrossKeyValueProjection> projections, int heads, ScalarType type)
    {
        using var scope = NewDisposeScope();
        (_type, _heads, _projections) = (type, heads, projections.Count);
        var hidden = _hidden = swap.KeyWeights.Product.size(1);
        // Keys lie side by side, those of GroupSwap at their beginning: they are turned together.
        Tensor Swapped(Tensor w) => _held.Hold(cat([w.narrow(0, hidden, hidden), w.narrow(0, 0, hidden)]).to_type(type));
        (_swap, _swapBias) = (Swapped(swap.KeyWeights.Product), Swapped(swap.KeyWeights.Bias));
        if (projections.Count == 0) return;
        var folded = projections.Select(p => p.Product.W * p.Norm.W).ToArray();
        _cross = _held.Hold(
            cat([.. folded.Select(w => w.narrow(0, 0, hidden)), .. folded.Select(w => w.narrow(0, hidden, hidden))]).to_type(type));
    }

    /// <summary>Where a cache for these finds each layer's heads: GroupSwap first, then the projections.</summary>
    public (long Keys, long Values)[] Layers =>
    [
        (_heads, 0), .. Enumerable.Range(0, (int)_projections).Select(i => ((2 + i) * _heads, (2 + _projections + i) * _heads)),
    ];

    /// <summary>Adds keys and values of new positions.</summary>
    /// <param name="encoded">Encoder output, [B, C, H]</param>
    /// <param name="table">Rotary table of its positions.</param>
    /// <param name="cache">Has <see cref="Layers"/>.</param>
    public void Append(Tensor encoded, (Tensor Cos, Tensor Sin) table, KeyValueCache cache)
    {
        using var scope = NewDisposeScope();
        Tensor Product(Tensor x, Tensor w, Tensor? b, long layers) => _type == ScalarType.Float32
            ? SmallProducts.Linear(x, w, b, _hidden, 2 * layers * _hidden) ?? nn.functional.linear(x, w, b)
            : nn.functional.linear(x.to_type(_type), w, b);
        Tensor Heads(Tensor product) => product.unflatten(2, [-1, _hidden / _heads]);
        var kv = Product(encoded, _swap, _swapBias, 1);                                          // [B, C, 2H]
        var ofBlocks = _cross is null ? null : Product(LayerNormLayer.Normalize(encoded), _cross, null, _projections); // [B, C, 2nH]
        if (ofBlocks is not null && VectorKernels.ServeInference(kv))
        {
            // Turned where they are and copied once, nothing need lie side by side.
            var (ofSwap, others) = (Heads(kv), Heads(ofBlocks));
            RotaryEmbedding.RotateInPlace(ofSwap.narrow(2, _heads, _heads), table.Cos, table.Sin);
            RotaryEmbedding.RotateInPlace(others.narrow(2, 0, _projections * _heads), table.Cos, table.Sin);
            cache.Append(ofSwap, others);
            return;
        }
        if (ofBlocks is not null) kv = cat([kv, ofBlocks], -1);
        if (_type != ScalarType.Float32) kv = kv.to_type(ScalarType.Float32);
        kv = Heads(kv);                                                                          // [B, C, 2(n + 1)h, d]
        RotaryEmbedding.RotateInPlace(kv.narrow(2, _heads, (1 + _projections) * _heads), table.Cos, table.Sin);
        cache.Append(kv);
    }

    public void Dispose() => _held.Dispose();
}
