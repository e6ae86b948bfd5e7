using TorchSharp.Modules;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Blocks;

/// <summary>Group norm with weight and bias, eps 1e-6 as in the VQGAN code.</summary>
public sealed class GroupNormLayer : NamedModule
{
    private const double Epsilon = 1e-6;
    private readonly long _groups;

    public GroupNormLayer(long groups, long channels, Device? device = null) : base(nameof(GroupNormLayer), device)
    {
        _groups = groups;
        W = Weight("weight", channels);
        B = Weight("bias", channels);
    }

    public Parameter W { get; }

    public Parameter B { get; }

    /// <param name="x">[B, channels, h, w]</param>
    public Tensor Forward(Tensor x) => nn.functional.group_norm(x, _groups, W, B, Epsilon);
}
