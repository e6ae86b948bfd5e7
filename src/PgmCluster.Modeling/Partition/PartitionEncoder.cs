using PgmCluster.Modeling.Blocks;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Partition;

/// <summary>The encoder's blocks.</summary>
public sealed class PartitionEncoder : NamedModule
{
    public PartitionEncoder(PartitionTransformerSettings s, Device? device = null) : base(nameof(PartitionEncoder), device) =>
        Blocks = Child("blocks", new NamedList<EncoderBlock>(
            Enumerable.Range(0, s.EncoderBlocks).Select(_ => new EncoderBlock(s.Hidden, s.Heads, s.MlpRatio, device: device)),
            device: device));

    public NamedList<EncoderBlock> Blocks { get; }
}
