using PgmCluster.Modeling.Blocks;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Partition;

internal static class DropoutExtensions
{
    /// <summary>Dropout outside training is no dropout.</summary>
    public static Tensor ApplyOrPass(this Dropout? dropout, Tensor x) => dropout is null ? x : dropout.Apply(x);
}
