using static TorchSharp.torch;

namespace PgmCluster.Modeling.Partition;

/// <summary>
/// Which encoder positions the pooled query modes count. All queries of a group count the same ones, so there are two sums an image, not
/// one for each
/// query: those of all queries would be T x S x H numbers. Letters: B batch, T queries, S encoder positions.
/// </summary>
/// <param name="Weights">F32 [B, 1 or 2, S]: 1 where a position counts.</param>
/// <param name="Second">BOOL [B, T, 1]: queries of the second row; null where there is one row for all.</param>
internal sealed record PoolWeights(Tensor Weights, Tensor? Second)
{
    /// <summary>For a partition: queries of group 0 count the positions of group 1, and the reverse.</summary>
    /// <param name="groups">BOOL [B, S]: group of each position, registers included.</param>
    /// <param name="firstQuery">First position that is predicted.</param>
    /// <param name="uncounted">So many first positions never count.</param>
    public static PoolWeights Of(Tensor groups, long firstQuery, long uncounted)
    {
        using var scope = NewDisposeScope();
        var weights = stack([groups, groups.logical_not()], 1).to_type(float32);
        if (uncounted > 0) weights.narrow(2, 0, uncounted).fill_(0);
        var second = groups.narrow(1, firstQuery, groups.shape[1] - firstQuery).unsqueeze(2);
        return new PoolWeights(weights.MoveToOuterDisposeScope(), second.MoveToOuterDisposeScope());
    }
}
