using static TorchSharp.torch;

namespace PgmCluster.Modeling.Blocks;

internal static class DropoutExtensions
{
    /// <summary>Dropout outside training is no dropout.</summary>
    public static Tensor ApplyOrPass(this Dropout? dropout, Tensor x) => dropout is null ? x : dropout.Apply(x);
}
