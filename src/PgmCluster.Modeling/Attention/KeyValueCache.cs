using PgmCluster.Modeling.Kernels;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Attention;

/// <summary>
/// Keys and values of all positions known so far, in memory set aside at the beginning and laid out as attention reads it: a position costs
/// one copy, once, for all layers whose keys and values are made at the same time. Letters: B batch, T queries, C new positions, h heads of
/// a layer, d head width.
/// </summary>
internal sealed class KeyValueCache : IDisposable
{
    /// <summary>
    /// A head's product up to which libtorch does not ask oneDNN, whatever multiplies larger ones (see <see cref="ScaledProducts"/>).
    /// </summary>
    private const long SmallProduct = 16 * 16 * 16;

    private readonly Tensor _memory;                                                             // [B, heads of all layers, capacity, d]
    private readonly (Tensor Keys, Tensor Values)[] _layers;                                     // [B, h, capacity, d] each, a part of it
    private readonly (long Keys, long Values)[] _first;                                          // each layer's first heads of it
    private readonly long _batch;

    /// <param name="batch">B</param>
    /// <param name="heads">h</param>
    /// <param name="capacity">Positions.</param>
    /// <param name="headWidth">d</param>
    /// <param name="type">Of queries, keys and values.</param>
    /// <param name="device">Where they are.</param>
    /// <param name="layers">Each layer's first head of keys and of values among all.</param>
    public KeyValueCache(
        long batch, long heads, long capacity, long headWidth, ScalarType type, Device device, params (long Keys, long Values)[] layers)
    {
        (_batch, _first) = (batch, layers);
        _memory = empty([batch, 2 * heads * layers.Length, capacity, headWidth], dtype: type, device: device).DetachFromDisposeScope();
        Tensor Part(long first) => _memory.narrow(1, first, heads).DetachFromDisposeScope();
        _layers = [.. layers.Select(l => (Part(l.Keys), Part(l.Values)))];
    }

    /// <summary>Positions known.</summary>
    public long Length { get; private set; }

    /// <summary>Adds positions behind those that are there.</summary>
    /// <param name="keysAndValues">
    /// [B, C, heads, d] each, converted where they are of another type; side by side the heads of all layers.
    /// </param>
    public void Append(params ReadOnlySpan<Tensor> keysAndValues)
    {
        var (head, count) = (0L, keysAndValues[0].size(1));
        foreach (var part in keysAndValues)
        {
            var heads = part.size(2);
            if (!HeadVectors.TryCopy(part, _memory, head, Length))
            {
                using var scope = NewDisposeScope();
                _memory.narrow(1, head, heads).narrow(2, Length, count).copy_(part.transpose(1, 2));
            }
            head += heads;
        }
        Length += count;
    }

    /// <summary>A layer's attention to all positions known.</summary>
    /// <param name="queries">[1 to B, T, h, d]: the batch's first rows are read.</param>
    /// <param name="layer">Which, in the order of the constructor.</param>
    /// <returns>[1 to B, T, h * d]</returns>
    public Tensor Attend(Tensor queries, int layer = 0)
    {
        if (CachedAttention.Of(queries, _memory, _first[layer].Keys, _first[layer].Values, Length) is { } small) return small;
        using var scope = NewDisposeScope();
        var (keys, values) = _layers[layer];
        var batch = queries.size(0);
        if (batch < _batch) (keys, values) = (keys.narrow(0, 0, batch), values.narrow(0, 0, batch));
        var (q, k, v) = (queries.transpose(1, 2), keys.narrow(2, 0, Length), values.narrow(2, 0, Length));
        var attended = queries.size(1) * Length * queries.size(3) <= SmallProduct
            ? nn.functional.scaled_dot_product_attention(q, k, v, null, p: 0, is_casual: false)
            : ScaledProducts.Attend(q, k, v, null);                                              // [B, h, T, d]
        return attended.transpose(1, 2).flatten(2).MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        foreach (var (keys, values) in _layers)
        {
            keys.Dispose();
            values.Dispose();
        }
        _memory.Dispose();
    }
}
