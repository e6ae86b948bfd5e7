using static TorchSharp.torch;

namespace PgmCluster.Modeling.Metrics.Inception;

/// <summary>
/// One way through an Inception block: a pool, convolutions one after the other, then perhaps several ends beside each other.
/// </summary>
/// <param name="Pool">Comes first.</param>
/// <param name="Chain">One after the other.</param>
/// <param name="Ends">Each applied to the chain's output, their channels concatenated; none for the chain's output itself.</param>
internal sealed record InceptionBranch(InceptionPool Pool, IReadOnlyList<InceptionConv> Chain, IReadOnlyList<InceptionConv> Ends)
{
    /// <param name="x">[B, channels, h, w]</param>
    public Tensor Forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        var y = Pool switch
        {
            InceptionPool.Average => nn.functional.avg_pool2d(x, 3, 1, 1, count_include_pad: false),
            InceptionPool.Maximum => nn.functional.max_pool2d(x, 3, 1, 1),
            InceptionPool.Halving => nn.functional.max_pool2d(x, 3, 2),
            _ => x,
        };
        foreach (var conv in Chain) y = conv.Forward(y);
        if (Ends.Count > 0) y = cat([.. Ends.Select(end => end.Forward(y))], 1);
        return ReferenceEquals(y, x) ? x : y.MoveToOuterDisposeScope();
    }
}
