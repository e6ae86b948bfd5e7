using PgmCluster.Modeling.Blocks;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.MaskGit;

/// <summary>The final modulated RMS norm.</summary>
public sealed class MaskGitLastNorm : NamedModule
{
    private readonly RmsNormLayer _norm;
    private readonly NamedList<LinearLayer> _adaLn;

    public MaskGitLastNorm(int hidden, Device? device = null) : base(nameof(MaskGitLastNorm), device)
    {
        _norm = Child("norm_final", new RmsNormLayer(hidden, bias: true, device: device));
        _adaLn = Child("mlp", new NamedList<LinearLayer>(device: device));
        _adaLn.Add("1", new LinearLayer(hidden, 2 * hidden, device: device));
    }

    /// <summary>Shift and scale (with its 1 added), [B, 1, H] each.</summary>
    public (Tensor Shift, Tensor Scale) Modulate(Tensor condition)
    {
        using var scope = NewDisposeScope();
        var parts = _adaLn[0].Forward(condition).unsqueeze(1).chunk(2, -1);
        return (parts[0].MoveToOuterDisposeScope(), (parts[1] + 1).MoveToOuterDisposeScope());
    }

    /// <param name="x">[B, T, H]</param>
    /// <param name="m">From <see cref="Modulate"/>.</param>
    public Tensor Forward(Tensor x, (Tensor Shift, Tensor Scale) m) => _norm.Modulated(x, m.Shift, m.Scale);
}
