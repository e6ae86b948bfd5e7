using PgmCluster.Modeling.Blocks;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Tokenizer;

/// <summary>The lowest resolution's residual block, attention, residual block.</summary>
public sealed class VqMiddle : NamedModule
{
    private readonly ResidualBlock _first, _last;
    private readonly SpatialAttention _attention;

    public VqMiddle(int channels, int groups, Device? device = null) : base(nameof(VqMiddle), device)
    {
        _first = Child("0", new ResidualBlock(channels, channels, groups, device: device));
        _attention = Child("1", new SpatialAttention(channels, groups, device: device));
        _last = Child("2", new ResidualBlock(channels, channels, groups, device: device));
    }

    public Tensor Forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        return _last.Forward(_attention.Forward(_first.Forward(x))).MoveToOuterDisposeScope();
    }
}
