using PgmCluster.Modeling.Attention;
using PgmCluster.Modeling.Blocks;
using PgmCluster.Modeling.Runtime;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.MaskGit;

/// <summary>
/// Self-attention whose queries and keys are RMS-normalised over the whole width, without weights. Letters: B batch, T sequence, Q
/// asked-for
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
    /// <param name="dropout">Null outside training. With it all attention weights are written out and kept by the graph;
    /// <see cref="MaskGitBlock.Train"/> has them in blocks.</param>
    /// <returns>[B, Q, H], in the compute type, or float32 with dropout.</returns>
    public Tensor Forward(Tensor queries, Tensor x, Dropout? dropout)
    {
        Placement.Check(queries, x);
        using var scope = NewDisposeScope();
        if (dropout is { Probability: > 0 })
        {
            var (oneQ, oneK, oneV) = Project(queries, x);
            var (heads, asked, keys) = (oneQ.size(0), oneQ.size(1), oneK.size(2));
            var mask = dropout.Reserve(heads * asked * keys).Part(x.device, 0, heads, asked, keys);
            return Output(DropoutAttention.Of(oneQ, oneK, oneV, mask), dropout).MoveToOuterDisposeScope();
        }
        var (q, k, v) = Heads(queries, x);
        var attended = ScaledProducts.Attend(q, k, v, null);
        return _out.Forward(attended.transpose(1, 2).flatten(2)).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// What <see cref="DropoutAttention"/> takes: queries [B h, Q, d], keys transposed [B h, d, T], values [B h, T, d], in the compute
    /// type.
    /// </summary>
    internal (Tensor Q, Tensor K, Tensor V) Project(Tensor queries, Tensor x)
    {
        using var scope = NewDisposeScope();
        var (q, k, v) = Heads(queries, x);
        static Tensor Joined(Tensor heads) => heads.reshape(-1, heads.size(2), heads.size(3)).MoveToOuterDisposeScope();
        return (Joined(q), Joined(k.transpose(2, 3)), Joined(v));
    }

    /// <summary>From what was attended to, [B h, Q, d], to the branch's output, [B, Q, H] float32.</summary>
    internal Tensor Output(Tensor attended, Dropout dropout)
    {
        using var scope = NewDisposeScope();
        return dropout.Apply(_out.Forward(attended.unflatten(0, [-1, _heads]).transpose(1, 2).flatten(2))).MoveToOuterDisposeScope();
    }

    /// <returns>[B, h, Q or T, d] each.</returns>
    private (Tensor Q, Tensor K, Tensor V) Heads(Tensor queries, Tensor x)
    {
        using var scope = NewDisposeScope();
        return (
            Split(Normalize(_q.Forward(queries))).MoveToOuterDisposeScope(),
            Split(Normalize(_k.Forward(x))).MoveToOuterDisposeScope(),
            Split(_v.Forward(x)).MoveToOuterDisposeScope());
    }

    private Tensor Normalize(Tensor x) => ToComputeType(RootMeanSquare.Normalize(ToFloat32(x)));

    private Tensor Split(Tensor x) => x.unflatten(2, [_heads, -1]).transpose(1, 2);
}
