using static TorchSharp.torch;

namespace PgmCluster.Modeling.Attention;

/// <summary>
/// Keys and values of all positions known so far, in memory set aside at the beginning and laid out as attention reads it: a position costs
/// one copy, once. Letters: B batch, T queries, C new positions, h heads, d head width.
/// </summary>
internal sealed class KeyValueCache : IDisposable
{
    private readonly Tensor _keys, _values;                                                      // [B, h, capacity, d]

    /// <param name="batch">B</param>
    /// <param name="heads">h; those of several layers may lie side by side.</param>
    /// <param name="capacity">Positions.</param>
    /// <param name="headWidth">d</param>
    /// <param name="type">Of queries, keys and values.</param>
    /// <param name="device">Where they are.</param>
    public KeyValueCache(long batch, long heads, long capacity, long headWidth, ScalarType type, Device device)
    {
        Tensor Memory() => empty([batch, heads, capacity, headWidth], dtype: type, device: device).DetachFromDisposeScope();
        (_keys, _values) = (Memory(), Memory());
    }

    /// <summary>Positions known.</summary>
    public long Length { get; private set; }

    /// <summary>Adds positions behind those that are there.</summary>
    /// <param name="keys">[B, C, h, d]</param>
    /// <param name="values">[B, C, h, d]</param>
    public void Append(Tensor keys, Tensor values)
    {
        using var scope = NewDisposeScope();
        var count = keys.shape[1];
        _keys.narrow(2, Length, count).copy_(keys.transpose(1, 2));
        _values.narrow(2, Length, count).copy_(values.transpose(1, 2));
        Length += count;
    }

    /// <summary>Attention to all positions known.</summary>
    /// <param name="queries">[1 to B, T, h or fewer, d]: the batch's first rows are read.</param>
    /// <param name="firstHead">First of the heads that the queries are for.</param>
    /// <returns>[1 to B, T, heads * d]</returns>
    public Tensor Attend(Tensor queries, long firstHead = 0)
    {
        using var scope = NewDisposeScope();
        var shape = queries.shape;
        Tensor Known(Tensor memory) => memory.narrow(0, 0, shape[0]).narrow(1, firstHead, shape[2]).narrow(2, 0, Length);
        return nn.functional.scaled_dot_product_attention(queries.transpose(1, 2), Known(_keys), Known(_values), null, p: 0, is_casual: false)
            .transpose(1, 2).flatten(2).MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        _keys.Dispose();
        _values.Dispose();
    }
}
