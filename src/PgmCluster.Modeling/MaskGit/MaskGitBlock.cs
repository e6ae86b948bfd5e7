using PgmCluster.Modeling.Blocks;
using PgmCluster.Modeling.Optimization;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.MaskGit;

/// <summary>
/// A pre-norm block with adaLN conditioning: x + gate1 attn(norm1(x)(1+scale1)+shift1), then x + gate2 ff(norm2(x)(1+scale2)+shift2),
/// with RMS
/// norms and SwiGLU. Letters: B batch, T sequence, Q asked-for positions, H width.
/// </summary>
public sealed class MaskGitBlock : NamedModule
{
    private readonly NamedList<LinearLayer> _adaLn;
    private readonly RmsNormLayer _norm1, _norm2;
    private readonly MaskGitAttention _attention;
    private readonly SwiGluLayer _mlp;

    public MaskGitBlock(MaskGitSettings s, Device? device = null) : base(nameof(MaskGitBlock), device)
    {
        _adaLn = Child("mlp", new NamedList<LinearLayer>(device: device));
        _adaLn.Add("1", new LinearLayer(s.Hidden, 6 * s.Hidden, device: device));
        _norm1 = Child("ln1", new RmsNormLayer(s.Hidden, device: device));
        _attention = Child("attn", new MaskGitAttention(s, device: device));
        _norm2 = Child("ln2", new RmsNormLayer(s.Hidden, device: device));
        _mlp = Child("ff", new SwiGluLayer(s.Hidden, s.SwiGluWidth, device: device));
    }

    /// <param name="condition">The class embedding after SiLU, [B, H].</param>
    public Modulation Modulate(Tensor condition) => Modulation.Of(_adaLn[0], condition);

    /// <param name="x">[B, T, H]</param>
    /// <param name="m">This block's modulation.</param>
    /// <param name="asked">I64 [B, Q, H]: positions whose output is wanted, repeated over the width; null for all.</param>
    /// <param name="dropout">Null outside training.</param>
    /// <returns>[B, T or Q, H]</returns>
    public Tensor Forward(Tensor x, Modulation m, Tensor? asked, Dropout? dropout)
    {
        using var scope = NewDisposeScope();
        return Mlp(Attend(x, m, asked, dropout), m, dropout).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Like <see cref="Forward"/> of all positions, for going backward from there. With dropout the graph is cut at the attention, whose
    /// weights then exist
    /// for a block of heads at a time; the bits are those of the whole graph.
    /// </summary>
    /// <param name="x">[B, T, H], a leaf.</param>
    /// <param name="condition">The class embedding after SiLU, [B, H], a leaf.</param>
    /// <param name="dropout">Null for none.</param>
    internal BlockGraph Train(Tensor x, Tensor condition, Dropout? dropout)
    {
        using var scope = NewDisposeScope();
        if (dropout is null || dropout.Probability <= 0) return BlockGraph.Of(Kept(Forward(x, Modulate(condition), null, null)));
        var joined = Kept(_adaLn[0].Forward(condition));
        var joinedLeaf = Kept(BlockGraph.Leaf(joined));
        var m = Modulation.Of(joinedLeaf);
        // The stream's gradient is summed in the order of the whole graph: what goes past the attention is there before the two ways
        // through the norm.
        var (through, past) = (Kept(x.view(x.shape)), Kept(BlockGraph.Leaf(x)));
        var input = ToComputeType(_norm1.Modulated(through, m.Shift1, m.Scale1));
        var (q, k, v) = _attention.Project(input, input);
        var attention = new DropoutAttention(Kept(q), Kept(k), Kept(v), dropout.Reserve(q.shape[0] * q.shape[1] * k.shape[2]));
        var attended = Kept(BlockGraph.Leaf(attention.Forward()));
        var output = Kept(Mlp(Elementwise.AddProduct(past, m.Gate1, _attention.Output(attended, dropout)), m, dropout));
        return new BlockGraph(
            output,
            gradient =>
            {
                output.backward([gradient]);
                var (ofQ, ofK, ofV) = attention.Backward(attended.grad!);
                autograd.backward([q, k, v, through], [ofQ, ofK, ofV, past.grad!]);
                joined.backward([joinedLeaf.grad!]);
            },
            joined, joinedLeaf, through, past, q, k, v, attended);
    }

    private static Tensor Kept(Tensor x) => x.MoveToOuterDisposeScope();

    private Tensor Mlp(Tensor x, Modulation m, Dropout? dropout)
    {
        using var scope = NewDisposeScope();
        return Elementwise.AddProduct(x, m.Gate2, _mlp.Forward(_norm2.Modulated(x, m.Shift2, m.Scale2), dropout)).MoveToOuterDisposeScope();
    }

    private Tensor Attend(Tensor x, Modulation m, Tensor? asked, Dropout? dropout)
    {
        using var scope = NewDisposeScope();
        var input = ToComputeType(_norm1.Modulated(x, m.Shift1, m.Scale1));
        var (queries, stream) = asked is null ? (input, x) : (input.gather(1, asked), x.gather(1, asked));
        return Elementwise.AddProduct(stream, m.Gate1, _attention.Forward(queries, input, dropout)).MoveToOuterDisposeScope();
    }
}
