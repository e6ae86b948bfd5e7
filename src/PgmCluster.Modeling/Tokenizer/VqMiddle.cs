using PgmCluster.Modeling.Blocks;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Tokenizer;

/// <summary>The lowest resolution's residual block, attention, residual block.</summary>
public sealed class VqMiddle : NamedModule
{
    private readonly ResidualBlock _first, _last;
    private readonly SpatialAttention _attention;

    public VqMiddle(int channels, int groups) : base(nameof(VqMiddle))
    {
        _first = Child("0", new ResidualBlock(channels, channels, groups));
        _attention = Child("1", new SpatialAttention(channels, groups));
        _last = Child("2", new ResidualBlock(channels, channels, groups));
    }

    public Tensor Forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        return _last.Forward(_attention.Forward(_first.Forward(x))).MoveToOuterDisposeScope();
    }
}
