namespace PgmCluster.Execution.Drawing.Orders;

/// <summary>How a device that draws while somebody waits hears what is wanted, and hands over what it has drawn.</summary>
public interface IDrawingChannel
{
    /// <summary>
    /// Hands over what was drawn and waits for what is wanted next. Each lane that draws calls it by itself, on its own thread.
    /// </summary>
    /// <param name="lane">Of the caller: what was given to it and does not come back with its next call is given to others.</param>
    /// <param name="most">Pictures that it draws at once.</param>
    /// <param name="drawn">What it was given last, drawn.</param>
    /// <returns>At least one picture; null where nobody has wanted any for long, or the work was asked to end.</returns>
    DrawingBatch? Next(int lane, int most, IReadOnlyList<DrawnImage> drawn);
}
