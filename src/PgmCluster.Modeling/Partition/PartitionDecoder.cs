using PgmCluster.Modeling.Attention;
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
        var isShared = s.SharesCrossKeyValues && isCross.Contains(true);
        foreach (var cross in isCross)
            layers.Add(
                cross ? new CrossAttentionBlock(s.Hidden, s.Heads, s.MlpRatio, projects: !isShared, device: device) : new EncoderBlock(
                    s.Hidden, s.Heads, s.MlpRatio, device: device));
        if (isShared)
            SharedProjection = new(
                Child("kv_norm1", new LayerNormLayer(s.Hidden, bias: false, device: device)),
                Child("attn_kv", new LinearLayer(s.Hidden, 2 * s.Hidden, bias: false, device: device)), s.Heads);
        Layers = Child("layers", layers);
        SelfAttentionLayers = isCross.Count(cross => !cross);
        Projections = SharedProjection is { } one
            ? [one]
            : [.. Enumerable.Range(0, layers.Count).Select(i => layers[i]).OfType<CrossAttentionBlock>().Select(b => b.Projection!)];
    }

    public GroupSwapLayer GroupSwap { get; }

    public NamedList<nn.Module> Layers { get; }

    /// <summary>The projection that all cross blocks share; null where each has its own.</summary>
    internal CrossKeyValueProjection? SharedProjection { get; }

    /// <summary>All projections for cross blocks: theirs in their order, or the one that they share.</summary>
    internal IReadOnlyList<CrossKeyValueProjection> Projections { get; }

    /// <summary>With any of them every position of the stream matters to the others; without, unneeded ones can be left out.</summary>
    public int SelfAttentionLayers { get; }
}
