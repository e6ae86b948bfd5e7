using PgmCluster.Modeling.Blocks;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Tokenizer;

/// <summary>
/// One resolution of encoder or decoder: residual blocks, each followed by attention where the stage has it, then resampling.
/// </summary>
public sealed class VqStage : NamedModule
{
    private readonly NamedList<ResidualBlock> _blocks;
    private readonly NamedList<SpatialAttention>? _attentions;
    private readonly ResamplingLayer? _resampling;

    /// <param name="input">Channels in.</param>
    /// <param name="output">Channels out.</param>
    /// <param name="count">Residual blocks.</param>
    /// <param name="attention">Attention behind each of them.</param>
    /// <param name="resample">Null for none, true to double, false to halve.</param>
    /// <param name="groups">Groups of the norms.</param>
    public VqStage(
        int input, int output, int count, bool attention, bool? resample, int groups, Device? device = null) : base(nameof(VqStage), device)
    {
        _blocks = Child("res", new NamedList<ResidualBlock>(
            Enumerable.Range(0, count).Select(i => new ResidualBlock(i == 0 ? input : output, output, groups, device: device)),
            device: device));
        if (attention)
            _attentions = Child(
                "attn",
                new NamedList<SpatialAttention>(
                    Enumerable.Range(0, count).Select(_ => new SpatialAttention(output, groups, device: device)), device: device));
        if (resample is { } up) _resampling = Child(up ? "upsample" : "downsample", new ResamplingLayer(output, up, device: device));
    }

    public Tensor Forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        for (var i = 0; i < _blocks.Count; i++)
        {
            x = _blocks[i].Forward(x);
            if (_attentions is not null) x = _attentions[i].Forward(x);
        }
        if (_resampling is not null) x = _resampling.Forward(x);
        return x.MoveToOuterDisposeScope();
    }
}
