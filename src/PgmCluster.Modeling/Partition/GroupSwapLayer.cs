using PgmCluster.Modeling.Attention;
using PgmCluster.Modeling.Blocks;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Partition;

/// <summary>
/// GroupSwap (paper section 3): queries that know only a position attend to the encoder output of the other group, so that position i
/// carries information of the other group only. No residual. Letters: B batch, T queries, S keys, H width, h heads, d = H/h.
/// </summary>
public sealed class GroupSwapLayer : NamedModule
{
    private readonly int _heads, _hidden;
    private readonly bool _sinusoids;
    private readonly Pooling _pooling;
    private readonly Parameter _base;
    private readonly nn.Module _norm, _process;
    private readonly LinearLayer _keyValue, _out;
    private readonly Tensor? _positions;

    private enum Pooling { None, Mean, LogSumExp }

    public GroupSwapLayer(PartitionTransformerSettings settings, Device? device = null) : base(nameof(GroupSwapLayer), device)
    {
        _heads = settings.Heads;
        _hidden = settings.Hidden;
        _sinusoids = settings.PreQuery.StartsWith("learn+freqs", StringComparison.Ordinal);
        _pooling = settings.PreQuery switch
        {
            "learn+freqs+mean" => Pooling.Mean,
            "learn+freqs+logsumexp" => Pooling.LogSumExp,
            _ => Pooling.None,
        };
        _base = Weight("base_embedding", 1, _hidden);
        _norm = settings.QueryNorm == "rmsnorm"
            ? Child("pre_query_norm", new RmsNormLayer(_hidden, device: device))
            : Child("pre_query_norm", new LayerNormLayer(_hidden, bias: true, device: device));
        _process = settings.QueryProcess == "mlp4"
            ? Child("query_processor", new MlpLayer(_hidden, 4 * _hidden, silu: true, device: device))
            : Child("query_processor", new LinearLayer(_hidden, _hidden, device: device));
        _keyValue = Child("hidden_to_key_value", new LinearLayer(_hidden, 2 * _hidden, device: device));
        _out = Child("output_linear", new LinearLayer(_hidden, _hidden, device: device));
        if (_sinusoids)
            _positions = Buffer("pos_freqs", Sinusoids(settings.Length + settings.Registers, _hidden).to(Device), persistent: false);
    }

    /// <summary>The queries hold a mean or log-sum-exp of the other group.</summary>
    public bool IsPooled => _pooling != Pooling.None;

    /// <summary>What makes keys and values of the encoder output: weight [2H, H] and bias [2H], keys first.</summary>
    internal (Tensor Product, Tensor Bias) KeyWeights => (_keyValue.W, _keyValue.B!);

    /// <summary>
    /// The queries of all positions, turned: they depend on the weights only, so a sampler makes them once. Null for the pooled modes,
    /// whose queries depend on the tokens.
    /// </summary>
    /// <param name="table">Rotary table of all positions.</param>
    /// <returns>[R + L, H], in the compute type.</returns>
    public Tensor? AllQueries((Tensor Cos, Tensor Sin) table)
    {
        if (IsPooled) return null;
        using var scope = NewDisposeScope();
        var known = _positions is null ? _base : _base + _positions;                             // [1 or R + L, H]
        var q = Process(Norm(known)).unflatten(1, [_heads, -1]);                                 // [1 or R + L, h, d]
        return ToComputeType(RotaryEmbedding.Rotate(q, table.Cos, table.Sin)).flatten(1).MoveToOuterDisposeScope();
    }

    /// <summary>GroupSwap with queries made before.</summary>
    /// <param name="encoded">Encoder output, [B, S, H]</param>
    /// <param name="turned">Rows of <see cref="AllQueries"/>, [1 or B, T, H].</param>
    /// <param name="mask">Keys that each query sees; null for all.</param>
    /// <param name="keyTable">Rotary table of the encoder's positions.</param>
    /// <returns>[B, T, H] float32</returns>
    public Tensor Forward(Tensor encoded, Tensor turned, AttentionMask? mask, (Tensor Cos, Tensor Sin) keyTable)
    {
        using var scope = NewDisposeScope();
        return Attend(encoded, turned.unflatten(2, [_heads, -1]), mask, keyTable).MoveToOuterDisposeScope();
    }

    /// <summary>GroupSwap with queries, keys and values made before.</summary>
    /// <param name="turned">Rows of <see cref="AllQueries"/>, [1 or B, T, H].</param>
    /// <param name="cache">Keys and values, in its first layer.</param>
    /// <param name="batch">B</param>
    /// <returns>[B, T, H] float32</returns>
    internal Tensor Forward(Tensor turned, KeyValueCache cache, long batch)
    {
        using var scope = NewDisposeScope();
        var attended = cache.Attend(turned.unflatten(2, [_heads, -1]).expand(batch, -1, -1, -1));
        return ToFloat32(_out.Forward(attended)).MoveToOuterDisposeScope();
    }

    /// <param name="encoded">Encoder output, [B, S, H]</param>
    /// <param name="queryPositions">I64 [1 or B, T], or null for the last T of all positions.</param>
    /// <param name="queries">T</param>
    /// <param name="mask">Keys that each query sees; null for all.</param>
    /// <param name="pool">For the pooled modes: which encoder positions count. Null for all.</param>
    /// <param name="queryTable">Rotary table of the queries' positions.</param>
    /// <param name="keyTable">Rotary table of the encoder's positions.</param>
    /// <returns>[B, T, H] float32</returns>
    internal Tensor Forward(
        Tensor encoded, Tensor? queryPositions, long queries, AttentionMask? mask, PoolWeights? pool, (Tensor Cos, Tensor Sin) queryTable,
        (Tensor Cos, Tensor Sin) keyTable)
    {
        using var scope = NewDisposeScope();
        Tensor known = _base.unsqueeze(0);                                                       // [1, 1, H]
        if (_positions is not null)
        {
            known = known + (queryPositions is null
                ? _positions.narrow(0, _positions.size(0) - queries, queries).unsqueeze(0)      // [1, T, H]
                : Rows.Of(_positions, queryPositions));                                                   // [B, T, H]
        }
        if (IsPooled) known = known + Pool(encoded, pool);
        var q = Process(Norm(known)).unflatten(2, [_heads, -1]);                                // [1 or B, 1 or T, h, d]
        q = q.expand(-1, queries, -1, -1);
        return Attend(
            encoded, ToComputeType(RotaryEmbedding.Rotate(q, queryTable.Cos, queryTable.Sin)), mask, keyTable).MoveToOuterDisposeScope();
    }

    /// <param name="encoded">[B, S, H]</param>
    /// <param name="turned">[1 or B, T, h, d], in the compute type.</param>
    /// <param name="mask">Keys that each query sees; null for all.</param>
    /// <param name="keyTable">Rotary table of the encoder's positions.</param>
    private Tensor Attend(Tensor encoded, Tensor turned, AttentionMask? mask, (Tensor Cos, Tensor Sin) keyTable)
    {
        using var scope = NewDisposeScope();
        var kv = _keyValue.Forward(ToComputeType(encoded)).unflatten(2, [2 * _heads, -1]);       // [B, S, 2h, d]
        var attended = MaskedAttention.Attend(
            turned.expand(encoded.size(0), -1, -1, -1),
            ToComputeType(RotaryEmbedding.Rotate(kv.narrow(2, 0, _heads), keyTable.Cos, keyTable.Sin)),
            kv.narrow(2, _heads, _heads),
            mask);
        return ToFloat32(_out.Forward(attended)).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Mean or log-sum-exp, per channel, of the encoder positions that count for each query, [B, T or 1, H]. A query without any gives 0.
    /// </summary>
    private Tensor Pool(Tensor encoded, PoolWeights? pool)
    {
        using var scope = NewDisposeScope();
        var weights = pool?.Weights ?? ones([encoded.size(0), 1, encoded.size(1)], dtype: encoded.dtype, device: encoded.device);
        var pooled = _pooling == Pooling.Mean
            ? weights.matmul(encoded) / weights.sum(-1, keepdim: true).clamp_min(1)              // [B, 1 or 2, H]
            : LogSumExp(encoded, weights);
        return (pool?.Second is { } second ? pooled.narrow(1, 1, 1).where(second, pooled.narrow(1, 0, 1)) : pooled)
            .MoveToOuterDisposeScope();
    }

    private static Tensor LogSumExp(Tensor encoded, Tensor weights)
    {
        using var scope = NewDisposeScope();
        var excluded = weights.eq(0).unsqueeze(-1);                                              // [B, 1 or 2, S, 1]
        var terms = Elementwise.MaskedFill(encoded.unsqueeze(1), excluded, double.NegativeInfinity); // [B, 1 or 2, S, H]
        var none = excluded.all(2);                                                              // [B, 1 or 2, 1]
        return Elementwise.MaskedFill(terms.logsumexp(2), none, 0).MoveToOuterDisposeScope();
    }

    private Tensor Norm(Tensor x) => _norm is LayerNormLayer layer ? layer.Forward(x) : ((RmsNormLayer)_norm).Forward(x);

    private Tensor Process(Tensor x) => _process is LinearLayer linear ? linear.Forward(x) : ((MlpLayer)_process).Forward(x);

    /// <summary>[cos(p / 10000^(2j/H)), sin(...)], j below H/2.</summary>
    private static Tensor Sinusoids(int positions, int width)
    {
        using var scope = NewDisposeScope();
        var frequencies = pow(10000f, arange(0, width, 2, dtype: float32, device: CPU) / width).reciprocal();
        var angles = arange(positions, dtype: float32, device: CPU).unsqueeze(1) * frequencies;               // [T, H/2]
        return cat([angles.cos(), angles.sin()], -1).DetachFromDisposeScope();
    }
}
