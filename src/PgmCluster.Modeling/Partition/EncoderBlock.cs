using PgmCluster.Modeling.Attention;
using PgmCluster.Modeling.Blocks;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Partition;

/// <summary>
/// A pre-norm transformer block with adaLN conditioning: x + gate1 attn(norm1(x)(1+scale1)+shift1), then x + gate2
/// mlp(norm2(x)(1+scale2)+shift2). Used in the encoder, and in the decoder's self-attention layers. Letters: B batch, T sequence, H width,
/// h heads, d = H/h.
/// </summary>
public sealed class EncoderBlock : NamedModule, IPartitionBlock
{
    private readonly int _heads;
    private readonly LayerNormLayer _norm1, _norm2;
    private readonly LinearLayer _qkv, _out, _adaLn;
    private readonly MlpLayer _mlp;

    public EncoderBlock(int hidden, int heads, int mlpRatio, Device? device = null) : base(nameof(EncoderBlock), device)
    {
        _heads = heads;
        _norm1 = Child("norm1", new LayerNormLayer(hidden, bias: false, device: device));
        _qkv = Child("attn_qkv", new LinearLayer(hidden, 3 * hidden, bias: false, device: device));
        _out = Child("attn_out", new LinearLayer(hidden, hidden, bias: false, device: device));
        _norm2 = Child("norm2", new LayerNormLayer(hidden, bias: false, device: device));
        _mlp = Child("mlp", new MlpLayer(hidden, mlpRatio * hidden, device: device));
        _adaLn = Child("adaLN_modulation", new LinearLayer(hidden, 6 * hidden, device: device));
    }

    public Modulation Modulate(Tensor condition) => Modulation.Of(_adaLn, condition);

    /// <param name="x">[B, T, H]</param>
    /// <param name="m">This block's modulation.</param>
    /// <param name="mask">Keys that each position sees; null for all.</param>
    /// <param name="cos">Rotary table of the positions.</param>
    /// <param name="sin">Rotary table of the positions.</param>
    /// <param name="dropout">Null outside training.</param>
    /// <returns>[B, T, H]</returns>
    public Tensor Forward(Tensor x, Modulation m, AttentionMask? mask, Tensor cos, Tensor sin, Dropout? dropout)
    {
        using var scope = NewDisposeScope();
        x = Attend(x, m, mask, cos, sin, dropout);
        return Residual.Mlp(x, m, _norm2, _mlp, dropout).MoveToOuterDisposeScope();
    }

    /// <summary>Of new positions, which see those in the cache and each other and are in it afterwards.</summary>
    internal Tensor Forward(Tensor x, Modulation m, Tensor cos, Tensor sin, KeyValueCache cache)
    {
        using var scope = NewDisposeScope();
        var qkv = ToFloat32(Project(_norm1.Sampled(x, m.Shift1, m.Scale1)));                     // [B, T, 3h, d]
        RotaryEmbedding.RotateInPlace(qkv.narrow(2, 0, 2 * _heads), cos, sin);
        cache.Append(qkv.narrow(2, _heads, 2 * _heads));
        x = Residual.Sampled(x, m.Gate1, _out.Forward(cache.Attend(ToComputeType(qkv.narrow(2, 0, _heads)))));
        return Residual.SampledMlp(x, m, _norm2, _mlp).MoveToOuterDisposeScope();
    }

    private Tensor Attend(Tensor x, Modulation m, AttentionMask? mask, Tensor cos, Tensor sin, Dropout? dropout)
    {
        using var scope = NewDisposeScope();
        var qkv = Project(x, m);                                                                 // [B, T, 3h, d]
        var qk = ToComputeType(RotaryEmbedding.Rotate(qkv.narrow(2, 0, 2 * _heads), cos, sin));    // q and k are rotated together
        var attended = MaskedAttention.Attend(
            qk.narrow(2, 0, _heads), qk.narrow(2, _heads, _heads), qkv.narrow(2, 2 * _heads, _heads), mask); // [B, T, H]
        return Elementwise.AddProduct(x, m.Gate1, dropout.ApplyOrPass(_out.Forward(attended))).MoveToOuterDisposeScope();
    }

    private Tensor Project(Tensor x, Modulation m)
    {
        using var scope = NewDisposeScope();
        return Project(Elementwise.Modulate(_norm1.Forward(x), m.Shift1, m.Scale1)).MoveToOuterDisposeScope();
    }

    private Tensor Project(Tensor input)
    {
        using var scope = NewDisposeScope();
        return _qkv.Forward(ToComputeType(input)).unflatten(2, [3 * _heads, -1]).MoveToOuterDisposeScope();
    }
}
