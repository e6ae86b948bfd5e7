using static TorchSharp.torch;

namespace PgmCluster.Modeling.Sampling;

/// <summary>
/// The cells revealed so far: in the order of revealing with bos in front, and as a grid with the mask id where nothing is known. Letters: B batch, n cells.
/// </summary>
internal sealed class RevealState
{
    /// <param name="cells">I64 [B, n]: every cell once, in the order in which they will be revealed unless that changes.</param>
    /// <param name="bosId">Stands in front.</param>
    /// <param name="maskId">Stands for unknown cells.</param>
    public RevealState(Tensor cells, long bosId, long maskId)
    {
        var batch = cells.size(0);
        Cells = cells;
        Grid = full_like(cells, maskId);
        Codes = cat([full([batch, 1], bosId, dtype: int64, device: cells.device), Grid], 1);
    }

    /// <summary>I64 [B, n]: known cells first.</summary>
    public Tensor Cells { get; private set; }

    /// <summary>I64 [B, 1 + n]: bos, then the codes of <see cref="Cells"/>.</summary>
    public Tensor Codes { get; }

    /// <summary>I64 [B, n], raster order.</summary>
    public Tensor Grid { get; private set; }

    /// <summary>Known cells, bos not counted.</summary>
    public int Known { get; private set; }

    public int Total => (int)Grid.size(1);

    /// <summary>I64 [B, n - known]: cells not yet known.</summary>
    public Tensor Open => Cells.narrow(1, Known, Total - Known);

    /// <summary>Codes for the next cells of the order.</summary>
    /// <param name="codes">I64 [B, count]</param>
    /// <returns>What became known: codes and cells, I64 [B, count] each.</returns>
    public (Tensor Codes, Tensor Cells) Append(Tensor codes)
    {
        var count = codes.size(1);
        Codes.narrow(1, 1 + Known, count).copy_(codes);
        var cells = Cells.narrow(1, Known, count);
        Grid.scatter_(1, cells, codes);
        Known += (int)count;
        return (codes, cells);
    }

    /// <summary>Another order of the open cells.</summary>
    /// <param name="open">I64 [B, n - known]</param>
    public void Reorder(Tensor open) => Cells.narrow(1, Known, Total - Known).copy_(open);

    /// <summary>Another grid altogether; the order is then of no use any more.</summary>
    public void Redraw(Tensor grid) => Grid.copy_(grid);
}
