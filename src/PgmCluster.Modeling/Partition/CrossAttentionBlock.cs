using PgmCluster.Modeling.Attention;
using PgmCluster.Modeling.Blocks;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Partition;

/// <summary>
/// A decoder block: queries from the stream, keys and values from the encoder output, by a projection of its own or the one that all cross
/// blocks share. Letters: B batch, T stream positions, S encoder positions, H width, h heads, d = H/h.
/// </summary>
public sealed class CrossAttentionBlock : NamedModule, IPartitionBlock
{
    private readonly int _heads;
    private readonly LayerNormLayer _queryNorm, _norm2;
    private readonly LinearLayer _q, _out, _adaLn;
    private readonly MlpLayer _mlp;

    /// <param name="hidden">H</param>
    /// <param name="heads">h</param>
    /// <param name="mlpRatio">Inner width of the MLP is this times H.</param>
    /// <param name="projects">It makes keys and values itself; false where it is given them.</param>
    /// <param name="device">Where it computes.</param>
    public CrossAttentionBlock(int hidden, int heads, int mlpRatio, bool projects = true, Device? device = null)
        : base(nameof(CrossAttentionBlock), device)
    {
        _heads = heads;
        _queryNorm = Child("q_norm1", new LayerNormLayer(hidden, bias: false, device: device));
        var keyNorm = projects ? Child("kv_norm1", new LayerNormLayer(hidden, bias: false, device: device)) : null;
        _norm2 = Child("norm2", new LayerNormLayer(hidden, bias: false, device: device));
        _q = Child("attn_q", new LinearLayer(hidden, hidden, bias: false, device: device));
        if (keyNorm is not null)
            Projection = new(keyNorm, Child("attn_kv", new LinearLayer(hidden, 2 * hidden, bias: false, device: device)), heads);
        _out = Child("attn_out", new LinearLayer(hidden, hidden, bias: false, device: device));
        _mlp = Child("mlp", new MlpLayer(hidden, mlpRatio * hidden, device: device));
        _adaLn = Child("adaLN_modulation", new LinearLayer(hidden, 6 * hidden, device: device));
    }

    /// <summary>What makes keys and values of the encoder output; null where it is given them.</summary>
    internal CrossKeyValueProjection? Projection { get; }

    public Modulation Modulate(Tensor condition) => Modulation.Of(_adaLn, condition);

    /// <param name="x">Stream, [B, T, H]</param>
    /// <param name="encoded">
    /// Encoder output, [B, S, H]; where the block has no projection, keys and values: <see cref="CrossKeyValueProjection.Joined"/>.
    /// </param>
    /// <param name="m">This block's modulation.</param>
    /// <param name="mask">Keys that each query sees; null for all.</param>
    /// <param name="queryTable">Rotary table of the stream's positions.</param>
    /// <param name="keyTable">Rotary table of the encoder's positions.</param>
    /// <param name="dropout">Null outside training.</param>
    /// <returns>[B, T, H]</returns>
    public Tensor Forward(
        Tensor x, Tensor encoded, Modulation m, AttentionMask? mask, (Tensor Cos, Tensor Sin) queryTable, (Tensor Cos, Tensor Sin) keyTable,
        Dropout? dropout)
    {
        using var scope = NewDisposeScope();
        x = Attend(x, encoded, m, mask, queryTable, keyTable, dropout);
        return Residual.Mlp(x, m, _norm2, _mlp, dropout).MoveToOuterDisposeScope();
    }

    /// <summary>With keys and values made before.</summary>
    /// <param name="x">Stream, [B, T, H]</param>
    /// <param name="m">This block's modulation.</param>
    /// <param name="queryTable">Rotary table of the stream's positions.</param>
    /// <param name="cache">Keys and values.</param>
    /// <param name="layer">Which of the cache's layers this block is.</param>
    internal Tensor Forward(Tensor x, Modulation m, (Tensor Cos, Tensor Sin) queryTable, KeyValueCache cache, int layer)
    {
        using var scope = NewDisposeScope();
        var q = ToFloat32(ProjectQueries(_queryNorm.Sampled(x, m.Shift1, m.Scale1)));            // [B, T, h, d]
        RotaryEmbedding.RotateInPlace(q, queryTable.Cos, queryTable.Sin);
        x = Residual.Sampled(x, m.Gate1, _out.Forward(cache.Attend(ToComputeType(q), layer)));
        return Residual.SampledMlp(x, m, _norm2, _mlp).MoveToOuterDisposeScope();
    }

    private Tensor Attend(
        Tensor x, Tensor encoded, Modulation m, AttentionMask? mask, (Tensor Cos, Tensor Sin) queryTable, (Tensor Cos, Tensor Sin) keyTable,
        Dropout? dropout)
    {
        using var scope = NewDisposeScope();
        var q = Queries(x, m, queryTable);                                                       // [B, T, h, d]
        var (keys, values) = Projection?.Of(encoded, keyTable) ?? (encoded.narrow(2, 0, _heads), encoded.narrow(2, _heads, _heads));
        var attended = MaskedAttention.Attend(q, keys, values, mask);
        return Elementwise.AddProduct(x, m.Gate1, dropout.ApplyOrPass(_out.Forward(attended))).MoveToOuterDisposeScope();
    }

    private Tensor Queries(Tensor x, Modulation m, (Tensor Cos, Tensor Sin) table)
    {
        using var scope = NewDisposeScope();
        return ToComputeType(RotaryEmbedding.Rotate(ProjectQueries(x, m), table.Cos, table.Sin)).MoveToOuterDisposeScope();
    }

    private Tensor ProjectQueries(Tensor x, Modulation m)
    {
        using var scope = NewDisposeScope();
        return ProjectQueries(Elementwise.Modulate(_queryNorm.Forward(x), m.Shift1, m.Scale1)).MoveToOuterDisposeScope();
    }

    private Tensor ProjectQueries(Tensor input)
    {
        using var scope = NewDisposeScope();
        return _q.Forward(ToComputeType(input)).unflatten(2, [_heads, -1]).MoveToOuterDisposeScope();
    }
}
