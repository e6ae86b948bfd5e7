using PgmCluster.Modeling.Blocks;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Partition;

/// <summary>Final modulated norm and the projection to the vocabulary.</summary>
public sealed class OutputLayer : NamedModule
{
    private readonly LayerNormLayer _norm;
    private readonly LinearLayer _linear, _adaLn;

    public OutputLayer(int hidden, int vocabulary, Device? device = null) : base(nameof(OutputLayer), device)
    {
        _norm = Child("norm_final", new LayerNormLayer(hidden, bias: false, device: device));
        _linear = Child("linear", new LinearLayer(hidden, vocabulary, device: device));
        _adaLn = Child("adaLN_modulation", new LinearLayer(hidden, 2 * hidden, device: device));
    }

    /// <summary>Shift and scale (with its 1 added), [B, 1, H] each.</summary>
    public (Tensor Shift, Tensor Scale) Modulate(Tensor condition)
    {
        using var scope = NewDisposeScope();
        var parts = _adaLn.Forward(condition).unsqueeze(1).chunk(2, -1);
        return (parts[0].MoveToOuterDisposeScope(), (parts[1] + 1).MoveToOuterDisposeScope());
    }

    /// <summary>What the projection is applied to: the modulated norm.</summary>
    /// <param name="x">[B, T, H]</param>
    /// <param name="m">From <see cref="Modulate"/>.</param>
    /// <returns>[B, T, H] float32</returns>
    public Tensor Features(Tensor x, (Tensor Shift, Tensor Scale) m)
    {
        using var scope = NewDisposeScope();
        return Elementwise.Modulate(_norm.Forward(x), m.Shift, m.Scale).MoveToOuterDisposeScope();
    }

    /// <summary>The projection.</summary>
    /// <param name="features">[..., H]</param>
    /// <param name="suppressed">Added to the bias, [V]: a very negative number takes an id out. Null for none.</param>
    /// <returns>[..., V] float32</returns>
    public Tensor Logits(Tensor features, Tensor? suppressed = null) => _linear.Forward(features, suppressed);

    /// <summary>The projection to the first <paramref name="ids"/> of the vocabulary.</summary>
    public Tensor Logits(Tensor features, int ids) => _linear.ForwardRows(features, ids);

    /// <summary><see cref="Features"/>, then <see cref="Logits(Tensor, Tensor?)"/>.</summary>
    public Tensor Forward(Tensor x, (Tensor Shift, Tensor Scale) m, Tensor? suppressed = null)
    {
        using var scope = NewDisposeScope();
        return Logits(Features(x, m), suppressed).MoveToOuterDisposeScope();
    }
}
