using PgmCluster.Modeling.Blocks;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Tokenizer;

/// <summary>Latent map to image; mirrors the encoder with one more residual block per stage.</summary>
public sealed class VqDecoder : NamedModule
{
    private readonly int _patch;
    private readonly ConvLayer _in, _out;
    private readonly NamedList<VqStage> _stages;
    private readonly VqMiddle _middle;
    private readonly GroupNormLayer _norm;

    public VqDecoder(VqSettings s, Device? device = null) : base(nameof(VqDecoder), device)
    {
        var widths = s.ChannelMultipliers.Select(m => m * s.Channels).Reverse().ToArray();
        var last = widths.Length - 1;
        _patch = s.PatchSize;
        _in = Child("conv_in", new ConvLayer(s.LatentChannels, widths[0], 3, padding: 1, device: device));
        _middle = Child("mid", new VqMiddle(widths[0], s.NormGroups, device: device));
        _stages = Child("conv_blocks", new NamedList<VqStage>(widths.Select((width, i) => new VqStage(
            i == 0 ? widths[0] : widths[i - 1], width, s.ResidualBlocks + 1, attention: i == 0, resample: i == last ? null : true,
            s.NormGroups, device: device)), device: device));
        _norm = Child("norm_out", new GroupNormLayer(s.NormGroups, widths[last], device: device));
        _out = Child("conv_out", new ConvLayer(widths[last], 3 * _patch * _patch, 3, padding: 1, device: device));
    }

    /// <param name="z">[B, latent, h, w]</param>
    /// <returns>[B, 3, h*f, w*f], not clamped</returns>
    public Tensor Forward(Tensor z)
    {
        using var scope = NewDisposeScope();
        var x = _middle.Forward(_in.Forward(z));
        foreach (var stage in _stages) x = stage.Forward(x);
        x = _out.Forward(nn.functional.silu(_norm.Forward(x)));
        return (_patch > 1 ? nn.functional.pixel_shuffle(x, _patch) : x).MoveToOuterDisposeScope();
    }
}
