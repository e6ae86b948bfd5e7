using PgmCluster.Modeling.Sampling;
using static TorchSharp.torch;

namespace PgmCluster.Execution.Drawing;

/// <summary>Random numbers of a batch whose rows have nothing to do with each other: each has those that it would have alone.</summary>
/// <param name="rows">Of each row, as of a batch of one.</param>
internal sealed class RowDraws(IReadOnlyList<SamplerDraws> rows) : SamplerDraws(null!)
{
    public override Tensor Uniforms(int step, long batch, long positions) => Rows(batch, row => row.Uniforms(step, 1, positions));

    public override Tensor Gumbel(int step, long batch, long positions) => Rows(batch, row => row.Gumbel(step, 1, positions));

    public override int[] Rolls(long batch, int cells) => [.. rows.Select(row => row.Rolls(1, cells)[0])];

    private Tensor Rows(long batch, Func<SamplerDraws, Tensor> draw)
    {
        if (batch != rows.Count) throw new ArgumentException($"Random numbers of {rows.Count} rows were asked for {batch}.");
        using var scope = NewDisposeScope();
        return cat([.. rows.Select(draw)]).MoveToOuterDisposeScope();
    }
}
