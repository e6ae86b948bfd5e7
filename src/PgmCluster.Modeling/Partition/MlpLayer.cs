using PgmCluster.Modeling.Blocks;
using PgmCluster.Modeling.Kernels;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Partition;

/// <summary>Two linears with an activation between them; the state dict counts the activation, so the second is named "2".</summary>
public sealed class MlpLayer : NamedModule
{
    private readonly LinearLayer _expand, _contract;
    private readonly bool _silu;

    /// <param name="width">Input and output width.</param>
    /// <param name="inner">Inner width.</param>
    /// <param name="silu">SiLU instead of tanh-GELU.</param>
    public MlpLayer(int width, int inner, bool silu = false, Device? device = null) : base(nameof(MlpLayer), device)
    {
        _silu = silu;
        _expand = Child("0", new LinearLayer(width, inner, device: device));
        _contract = Child("2", new LinearLayer(inner, width, device: device));
    }

    /// <returns>In the compute type.</returns>
    public Tensor Forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        var inner = _expand.Forward(ToComputeType(x));
        // Without a backward pass nobody needs the values before the activation: the same memory serves for both.
        var inPlace = !is_grad_enabled();
        var active = _silu
            ? nn.functional.silu(inner, inPlace)
            : TanhGelu.Of(inner, mayOverwrite: inPlace);
        return _contract.Forward(active).MoveToOuterDisposeScope();
    }
}
