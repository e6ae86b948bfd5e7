using PgmCluster.Modeling.Blocks;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Partition;

/// <summary>Final modulated norm and the projection to the vocabulary.</summary>
public sealed class OutputLayer : NamedModule
{
    private readonly LayerNormLayer _norm;
    private readonly LinearLayer _linear, _adaLn;

    public OutputLayer(int hidden, int vocabulary) : base(nameof(OutputLayer))
    {
        _norm = Child("norm_final", new LayerNormLayer(hidden, bias: false));
        _linear = Child("linear", new LinearLayer(hidden, vocabulary));
        _adaLn = Child("adaLN_modulation", new LinearLayer(hidden, 2 * hidden));
    }

    /// <summary>Shift and scale (with its 1 added), [B, 1, H] each.</summary>
    public (Tensor Shift, Tensor Scale) Modulate(Tensor condition)
    {
        using var scope = NewDisposeScope();
        var parts = _adaLn.Forward(condition).unsqueeze(1).chunk(2, -1);
        return (parts[0].MoveToOuterDisposeScope(), (parts[1] + 1).MoveToOuterDisposeScope());
    }

    /// <param name="x">[B, T, H]</param>
    /// <param name="m">From <see cref="Modulate"/>.</param>
    /// <param name="suppressed">Added to the bias, [V]: a very negative number takes an id out. Null for none.</param>
    /// <returns>[B, T, V] float32</returns>
    public Tensor Forward(Tensor x, (Tensor Shift, Tensor Scale) m, Tensor? suppressed = null)
    {
        using var scope = NewDisposeScope();
        var input = Elementwise.AddProduct(m.Shift, _norm.Forward(x), m.Scale);
        return _linear.Forward(input, suppressed).MoveToOuterDisposeScope();
    }
}
