using PgmCluster.Modeling.Blocks;
using PgmCluster.Modeling.Runtime;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.MaskGit;

/// <summary>
/// Self-attention whose queries and keys are RMS-normalised over the whole width, without weights. Letters: B batch, T sequence, Q asked-for
/// positions, H width, h heads, d = H/h.
/// </summary>
public sealed class MaskGitAttention : NamedModule
{
    private readonly int _heads;
    private readonly LinearLayer _q, _k, _v, _out;

    public MaskGitAttention(MaskGitSettings s, Device? device = null) : base(nameof(MaskGitAttention), device)
    {
        var (hidden, width) = (s.Hidden, s.AttentionWidth);
        _heads = s.Heads;
        _q = Child("wq", new LinearLayer(hidden, width, bias: false, device: device));
        _k = Child("wk", new LinearLayer(hidden, width, bias: false, device: device));
        _v = Child("wv", new LinearLayer(hidden, width, bias: false, device: device));
        _out = Child("wo", new LinearLayer(width, hidden, bias: false, device: device));
    }

    /// <param name="queries">[B, Q, H], in the compute type: the positions whose output is wanted.</param>
    /// <param name="x">[B, T, H], in the compute type: the positions attended to.</param>
    /// <param name="dropout">Null outside training.</param>
    /// <returns>[B, Q, H], in the compute type, or float32 with dropout.</returns>
    public Tensor Forward(Tensor queries, Tensor x, Dropout? dropout)
    {
        Placement.Check(queries, x);
        using var scope = NewDisposeScope();
        var q = Split(Normalize(_q.Forward(queries)));                                           // [B, h, Q, d]
        var k = Split(Normalize(_k.Forward(x)));                                                 // [B, h, T, d]
        var v = Split(_v.Forward(x));
        var attended = dropout is null
            ? nn.functional.scaled_dot_product_attention(q, k, v, null, p: 0, is_casual: false)
            : ToComputeType(dropout.Apply((ToFloat32(q.matmul(k.transpose(2, 3))) / Math.Sqrt(q.shape[3])).softmax(-1))).matmul(v);
        var output = _out.Forward(attended.transpose(1, 2).flatten(2));
        return (dropout?.Apply(output) ?? output).MoveToOuterDisposeScope();
    }

    private Tensor Normalize(Tensor x) => ToComputeType(RootMeanSquare.Normalize(ToFloat32(x)));

    private Tensor Split(Tensor x) => x.unflatten(2, [_heads, -1]).transpose(1, 2);
}
