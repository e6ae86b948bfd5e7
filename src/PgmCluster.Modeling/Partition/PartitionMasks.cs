using PgmCluster.Modeling.Attention;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Partition;

/// <summary>
/// Who sees whom: the only thing that tells the two models apart which a <see cref="PartitionTransformer"/> can be. In a PGM (paper
/// section 3) there are two groups and sight goes both ways: within a group in the encoder, across the groups in GroupSwap and in the
/// decoder's cross blocks. In a block-causal model there are as many blocks as the sampler has steps and sight goes back only: the encoder
/// sees the blocks up to its own, so that a token's encoding never changes, and what is predicted sees the blocks before its own.
/// </summary>
/// <param name="Same">Of the encoder, over the whole sequence.</param>
/// <param name="Other">Of GroupSwap and the cross blocks, queries over the positions that are predicted.</param>
/// <param name="SameInStream">Of self-attention in the decoder, over the predicted positions only: within a group or a block.</param>
public sealed record PartitionMasks(AttentionMask Same, AttentionMask Other, AttentionMask SameInStream)
{
    /// <param name="groups">BOOL [B, T]: group of each position of the sequence, registers included.</param>
    /// <param name="firstQuery">First position that is predicted; those before are keys only.</param>
    /// <param name="mayBeEmpty">True without registers: then a whole group may be missing.</param>
    /// <param name="type">Of queries, keys and values.</param>
    public static PartitionMasks OfGroups(Tensor groups, long firstQuery, bool mayBeEmpty, ScalarType type)
    {
        using var scope = NewDisposeScope();
        var same = groups.unsqueeze(2).eq(groups.unsqueeze(1));                                  // [B, T, T]
        var all = AttentionMask.Of(same, mayBeEmpty: false, type);                               // a position always sees itself
        return new PartitionMasks(
            Outward(all),
            Outward(AttentionMask.Of(Predicted(same, firstQuery).logical_not(), mayBeEmpty, type)),
            firstQuery == 0 ? all : Outward(AttentionMask.Of(InStream(same, firstQuery), mayBeEmpty: false, type)));
    }

    /// <param name="blocks">I64 [B, T]: block of each position of the sequence, registers included; they and bos are in block 0.</param>
    /// <param name="firstQuery">First position that is predicted; those before are keys only.</param>
    /// <param name="type">Of queries, keys and values.</param>
    public static PartitionMasks OfBlocks(Tensor blocks, long firstQuery, ScalarType type)
    {
        using var scope = NewDisposeScope();
        var (queries, keys) = (blocks.unsqueeze(2), blocks.unsqueeze(1));                        // [B, T, 1], [B, 1, T]
        return new PartitionMasks(
            Outward(AttentionMask.Of(keys.le(queries), mayBeEmpty: false, type)),
            // Block 0 is predicted from nothing, and nobody needs it.
            Outward(AttentionMask.Of(Predicted(keys.lt(queries), firstQuery), mayBeEmpty: firstQuery == 0, type)),
            Outward(AttentionMask.Of(InStream(keys.eq(queries), firstQuery), mayBeEmpty: false, type)));
    }

    private static Tensor Predicted(Tensor seen, long firstQuery) => seen.narrow(1, firstQuery, seen.shape[1] - firstQuery);

    private static Tensor InStream(Tensor seen, long firstQuery) =>
        Predicted(seen, firstQuery).narrow(2, firstQuery, seen.shape[2] - firstQuery);

    private static AttentionMask Outward(AttentionMask mask)
    {
        mask.Bias.MoveToOuterDisposeScope();
        mask.HasKey?.MoveToOuterDisposeScope();
        return mask;
    }
}
