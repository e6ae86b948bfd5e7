using PgmCluster.Modeling.Attention;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Partition;

/// <summary>
/// The attention masks of a partition (paper section 3): within a group in the encoder, across the groups in GroupSwap and in the
/// decoder's cross blocks.
/// </summary>
/// <param name="Same">Queries and keys of the same group, over the whole sequence.</param>
/// <param name="Other">Queries and keys of different groups, queries over the positions that are predicted.</param>
/// <param name="SameInStream">Like <paramref name="Same"/>, over the predicted positions only.</param>
public sealed record PartitionMasks(AttentionMask Same, AttentionMask Other, AttentionMask SameInStream)
{
    /// <param name="groups">BOOL [B, T]: group of each position of the sequence, registers included.</param>
    /// <param name="firstQuery">First position that is predicted; those before are keys only.</param>
    /// <param name="mayBeEmpty">True without registers: then a whole group may be missing.</param>
    /// <param name="type">Of queries, keys and values.</param>
    public static PartitionMasks Of(Tensor groups, long firstQuery, bool mayBeEmpty, ScalarType type)
    {
        using var scope = NewDisposeScope();
        var length = groups.shape[1];
        var queries = groups.unsqueeze(2);                           // [B, T, 1]
        var keys = groups.unsqueeze(1);                              // [B, 1, T]
        var same = queries.eq(keys);                                 // [B, T, T]
        var sameAsQueries = firstQuery == 0 ? same : same.narrow(1, firstQuery, length - firstQuery);
        var all = AttentionMask.Of(same, mayBeEmpty: false, type);         // a position always sees itself
        return new PartitionMasks(
            Outward(all),
            Outward(AttentionMask.Of(sameAsQueries.logical_not(), mayBeEmpty, type)),
            firstQuery == 0 ? all : Outward(
                AttentionMask.Of(sameAsQueries.narrow(2, firstQuery, length - firstQuery), mayBeEmpty: false, type)));
    }

    private static AttentionMask Outward(AttentionMask mask)
    {
        mask.Bias.MoveToOuterDisposeScope();
        mask.HasKey?.MoveToOuterDisposeScope();
        return mask;
    }
}
