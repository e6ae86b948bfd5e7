using PgmCluster.Modeling.Blocks;

namespace PgmCluster.Modeling.Partition;

/// <summary>The encoder's blocks.</summary>
public sealed class PartitionEncoder : NamedModule
{
    public PartitionEncoder(PartitionTransformerSettings s) : base(nameof(PartitionEncoder)) =>
        Blocks = Child("blocks", new NamedList<EncoderBlock>(
            Enumerable.Range(0, s.EncoderBlocks).Select(_ => new EncoderBlock(s.Hidden, s.Heads, s.MlpRatio))));

    public NamedList<EncoderBlock> Blocks { get; }
}
