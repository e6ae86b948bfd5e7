using PgmCluster.Modeling.Randomness;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Partition;

/// <summary>
/// The draw that training makes anew for every image: which tokens are in group 1 and predicted from group 0, and the reverse (paper
/// section 3).
/// </summary>
public static class PartitionGroups
{
    /// <summary>Puts every token into group 1 with its image's probability. Bos, position 0, is in group 0 always.</summary>
    /// <param name="maskRatios">
    /// F32 [B, 1]: ratio of tokens to be in group 1, for example drawn through a <see cref="Masking.MaskingSchedule"/>.
    /// </param>
    /// <param name="settings">The model's shape.</param>
    /// <param name="draws">Moves on by B x L numbers.</param>
    /// <returns>BOOL [B, L], where the ratios are.</returns>
    public static Tensor Draw(Tensor maskRatios, PartitionTransformerSettings settings, RandomStream draws)
    {
        using var scope = NewDisposeScope();
        var groups = draws.Uniform(maskRatios.device, maskRatios.shape[0], settings.Length).lt(maskRatios);
        groups.narrow(1, 0, 1).fill_(false);
        return groups.MoveToOuterDisposeScope();
    }
}
