using PgmCluster.Modeling.Blocks;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Tokenizer;

/// <summary>Image to latent map.</summary>
public sealed class VqEncoder : NamedModule
{
    private readonly int _patch;
    private readonly ConvLayer _in, _out;
    private readonly NamedList<VqStage> _stages;
    private readonly VqMiddle _middle;
    private readonly GroupNormLayer _norm;

    public VqEncoder(VqSettings s, Device? device = null) : base(nameof(VqEncoder), device)
    {
        var widths = s.ChannelMultipliers.Select(m => m * s.Channels).ToArray();
        var last = widths.Length - 1;
        _patch = s.PatchSize;
        _in = Child("conv_in", new ConvLayer(3 * _patch * _patch, s.Channels, 3, padding: 1, device: device));
        _stages = Child("conv_blocks", new NamedList<VqStage>(widths.Select((width, i) => new VqStage(
            i == 0 ? s.Channels : widths[i - 1], width, s.ResidualBlocks, attention: i == last, resample: i == last ? null : false,
            s.NormGroups, device: device)), device: device));
        _middle = Child("mid", new VqMiddle(widths[last], s.NormGroups, device: device));
        _norm = Child("norm_out", new GroupNormLayer(s.NormGroups, widths[last], device: device));
        _out = Child("conv_out", new ConvLayer(widths[last], s.LatentChannels, 3, padding: 1, device: device));
    }

    /// <param name="x">[B, 3, S, S] in [-1, 1]</param>
    /// <returns>[B, latent, S/f, S/f]</returns>
    public Tensor Forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        if (_patch > 1) x = nn.functional.pixel_unshuffle(x, _patch);
        x = _in.Forward(x);
        foreach (var stage in _stages) x = stage.Forward(x);
        x = _middle.Forward(x);
        return _out.Forward(nn.functional.silu(_norm.Forward(x))).MoveToOuterDisposeScope();
    }
}
