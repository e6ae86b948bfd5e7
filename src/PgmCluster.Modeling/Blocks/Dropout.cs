using PgmCluster.Modeling.Randomness;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Blocks;

/// <summary>
/// Dropout whose masks are a function of a stream's key: the same on every device, and again when a block is computed again.
/// </summary>
/// <param name="Probability">Share of elements set to zero; the others are scaled by 1/(1-p).</param>
/// <param name="Stream">Of the micro-batch or, in a block, of the block.</param>
public sealed record Dropout(double Probability, RandomStream Stream)
{
    /// <summary>A block's own dropout: its masks do not depend on what others drew.</summary>
    public Dropout ForBlock(int index) => this with { Stream = Stream.Fork(index) };

    /// <summary>Sets a mask of so many elements aside, as <see cref="Apply"/> would draw it now.</summary>
    public ReservedMask Reserve(long count) => Stream.ReserveMask(Probability, count);

    /// <returns>Float32, also for a narrower <paramref name="x"/>: there the scale itself would be rounded.</returns>
    public Tensor Apply(Tensor x)
    {
        if (Probability <= 0) return x;
        using var scope = NewDisposeScope();
        return (x * Stream.Mask(Probability, x.device, x.shape)).MoveToOuterDisposeScope();
    }
}
