using PgmCluster.Modeling.Blocks;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Partition;

/// <summary>GroupSwap and the decoder's layers: cross-attention, or self-attention where the layout says so.</summary>
public sealed class PartitionDecoder : NamedModule
{
    public PartitionDecoder(PartitionTransformerSettings s, Device? device = null) : base(nameof(PartitionDecoder), device)
    {
        GroupSwap = Child("group_swap", new GroupSwapLayer(s, device: device));
        var layers = new NamedList<nn.Module>(device: device);
        if (!DecoderLayouts.TryParse(s, out var isCross, out var problem)) throw new ArgumentException(problem, nameof(s));
        foreach (var cross in isCross)
            layers.Add(
                cross ? new CrossAttentionBlock(s.Hidden, s.Heads, s.MlpRatio, device: device) : new EncoderBlock(
                    s.Hidden, s.Heads, s.MlpRatio, device: device));
        Layers = Child("layers", layers);
        SelfAttentionLayers = isCross.Count(cross => !cross);
    }

    public GroupSwapLayer GroupSwap { get; }

    public NamedList<nn.Module> Layers { get; }

    /// <summary>With any of them every position of the stream matters to the others; without, unneeded ones can be left out.</summary>
    public int SelfAttentionLayers { get; }
}
