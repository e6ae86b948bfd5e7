using PgmCluster.Modeling.Blocks;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.MaskGit;

/// <summary>w2(silu(w1 x) * w3 x), without biases (arXiv 2002.05202).</summary>
public sealed class SwiGluLayer : NamedModule
{
    private readonly LinearLayer _gate, _contract, _expand;

    public SwiGluLayer(int hidden, int inner, Device? device = null) : base(nameof(SwiGluLayer), device)
    {
        _gate = Child("w1", new LinearLayer(hidden, inner, bias: false, device: device));
        _contract = Child("w2", new LinearLayer(inner, hidden, bias: false, device: device));
        _expand = Child("w3", new LinearLayer(hidden, inner, bias: false, device: device));
    }

    /// <returns>In the compute type, or float32 with dropout.</returns>
    public Tensor Forward(Tensor x, Dropout? dropout)
    {
        using var scope = NewDisposeScope();
        x = ToComputeType(x);
        var gate = _gate.Forward(x);
        // Without a backward pass nobody needs the values before the activation: the same memory serves for all three.
        var inner = is_grad_enabled() ? nn.functional.silu(gate) * _expand.Forward(x) : gate.silu_().mul_(_expand.Forward(x));
        return _contract.Forward(dropout?.Apply(inner) ?? inner).MoveToOuterDisposeScope();
    }
}
