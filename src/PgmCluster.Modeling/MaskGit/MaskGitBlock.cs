using PgmCluster.Modeling.Blocks;
using PgmCluster.Modeling.Partition;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.MaskGit;

/// <summary>
/// A pre-norm block with adaLN conditioning: x + gate1 attn(norm1(x)(1+scale1)+shift1), then x + gate2 ff(norm2(x)(1+scale2)+shift2), with RMS
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
        x = Attend(x, m, asked, dropout);
        var mlp = _mlp.Forward(_norm2.Modulated(x, m.Shift2, m.Scale2), dropout);
        return Elementwise.AddProduct(x, m.Gate2, mlp).MoveToOuterDisposeScope();
    }

    private Tensor Attend(Tensor x, Modulation m, Tensor? asked, Dropout? dropout)
    {
        using var scope = NewDisposeScope();
        var input = ToComputeType(_norm1.Modulated(x, m.Shift1, m.Scale1));
        var (queries, stream) = asked is null ? (input, x) : (input.gather(1, asked), x.gather(1, asked));
        return Elementwise.AddProduct(stream, m.Gate1, _attention.Forward(queries, input, dropout)).MoveToOuterDisposeScope();
    }
}
