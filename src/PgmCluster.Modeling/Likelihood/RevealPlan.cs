using PgmCluster.Modeling.Masking;
using PgmCluster.Modeling.Sampling;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Likelihood;

/// <summary>
/// An order of a grid's cells cut into steps: what a model's likelihood is exact under. Letters: B batch, n cells, K steps.
/// </summary>
public sealed class RevealPlan
{
    private readonly int[] _cells;
    private readonly bool _isRolled;

    /// <param name="order">The order.</param>
    /// <param name="steps">At least 1; more than cells are as many as cells.</param>
    /// <param name="curve">Of the share of known cells over the steps, as for the Halton sampler.</param>
    /// <param name="height">Rows of the grid.</param>
    /// <param name="width">Columns.</param>
    public RevealPlan(TokenOrder order, int steps, MaskingSchedule curve, int height, int width)
    {
        _cells = order == TokenOrder.Raster ? [.. Enumerable.Range(0, height * width)] : HaltonOrder.Of(height, width);
        _isRolled = order == TokenOrder.Rolled;
        var known = RevealSchedule.Halton(steps, Tokens, curve);
        Counts = [.. known.Select((k, i) => k - (i == 0 ? 0 : known[i - 1])).Where(count => count > 0)];
    }

    /// <summary>K counts of the cells that a step reveals, each at least 1, the sum is n.</summary>
    public IReadOnlyList<int> Counts { get; }

    /// <summary>n</summary>
    public int Tokens => _cells.Length;

    /// <summary>The order for a batch.</summary>
    /// <param name="rolls">
    /// By how much each image's order is rolled, B numbers from 0 to n - 1; looked at where orders are rolled only.
    /// </param>
    /// <param name="device">Where it is wanted.</param>
    /// <returns>I64 [B, n] where orders are rolled, else [1, n].</returns>
    public Tensor Cells(int[] rolls, Device device) =>
        HaltonOrder.Rolled(_cells, _isRolled ? rolls.Length : 1, _isRolled ? rolls : null, device);

    /// <summary>The step that reveals each cell.</summary>
    /// <param name="cells">From <see cref="Cells"/>.</param>
    /// <returns>I64 [1 or B, n], cells in raster order: 1 to K.</returns>
    public Tensor Blocks(Tensor cells)
    {
        using var scope = NewDisposeScope();
        long[] steps = [.. Counts.SelectMany((count, i) => Enumerable.Repeat(1L + i, count))];
        var ranks = tensor(steps, dtype: int64, device: cells.device).unsqueeze(0).expand(cells.shape[0], -1);
        return zeros_like(cells).scatter_(1, cells, ranks).MoveToOuterDisposeScope();
    }
}
