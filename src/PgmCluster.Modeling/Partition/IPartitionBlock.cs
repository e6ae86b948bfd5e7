using PgmCluster.Modeling.Blocks;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Partition;

/// <summary>A layer of the decoder: its modulation depends on the class only.</summary>
public interface IPartitionBlock
{
    /// <param name="condition">[B, H]</param>
    Modulation Modulate(Tensor condition);
}
