using PgmCluster.Modeling.Attention;
using PgmCluster.Modeling.Blocks;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Tokenizer;

/// <summary>Single-head self-attention over the cells of a feature map, with a residual.</summary>
public sealed class SpatialAttention : NamedModule
{
    private readonly GroupNormLayer _norm;
    private readonly ConvLayer _q, _k, _v, _out;

    public SpatialAttention(int channels, int groups, Device? device = null) : base(nameof(SpatialAttention), device)
    {
        _norm = Child("norm", new GroupNormLayer(groups, channels, device: device));
        _q = Child("q", new ConvLayer(channels, channels, 1, device: device));
        _k = Child("k", new ConvLayer(channels, channels, 1, device: device));
        _v = Child("v", new ConvLayer(channels, channels, 1, device: device));
        _out = Child("proj_out", new ConvLayer(channels, channels, 1, device: device));
    }

    /// <param name="x">[B, c, h, w]</param>
    public Tensor Forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        var (height, width) = (x.shape[2], x.shape[3]);
        var normed = ToComputeType(_norm.Forward(x));
        var attended = ScaledProducts.Attend(
            Cells(_q.Forward(normed)), Cells(_k.Forward(normed)), Cells(_v.Forward(normed)), null); // [B, 1, hw, c]
        var map = attended.squeeze(1).transpose(1, 2).unflatten(2, [height, width]);
        return (x + _out.Forward(map)).MoveToOuterDisposeScope();
    }

    /// <summary>[B, c, h, w] to [B, 1, hw, c], row by row: the kernel that writes no hw x hw scores takes no other layout.</summary>
    private static Tensor Cells(Tensor map) => map.flatten(2).transpose(1, 2).unsqueeze(1).contiguous();
}
