using static TorchSharp.torch;

namespace PgmCluster.Modeling.Sampling;

/// <summary>
/// The public code's Halton sampler for MaskGIT: the first R_i cells of the order are predicted and written, known ones again.
/// </summary>
internal sealed class HaltonRedraw(TokenSamplerSettings settings, int height, int width) : IReveal
{
    private readonly int[] _order = HaltonOrder.Of(height, width);
    private readonly int[] _known = RevealSchedule.Halton(settings.Steps, height * width);

    public bool HasOneOrder => !settings.RandomizeOrder;

    public bool NeedsProbabilities => false;

    public bool IsSurplus(int step) => step > 0 && _known[step] == _known[step - 1];

    public (int Asked, int Kept) Counts(int step, int known) => (_known[step], _known[step] - known);

    public Tensor Order(long batch, SamplerDraws draws, Device device) =>
        HaltonOrder.Rolled(_order, batch, settings.RandomizeOrder ? draws.Rolls(batch, _order.Length) : null, device);

    public Tensor? Ask(RevealState state, int step) => state.Cells.narrow(1, 0, _known[step]);

    // The public code draws for the whole grid; a cell's number is the same here.
    public Tensor Uniforms(RevealState state, Tensor? asked, int step, SamplerDraws draws)
    {
        using var scope = NewDisposeScope();
        return draws.Uniforms(step, state.Grid.size(0), state.Total).to(state.Grid.device).gather(1, asked!).MoveToOuterDisposeScope();
    }

    public (Tensor Codes, Tensor Cells) Accept(
        RevealState state, Tensor drawn, Tensor? logProbabilities, int step, SamplerDraws draws)
    {
        var cells = state.Cells.narrow(1, 0, _known[step]);
        using var redrawn = state.Grid.scatter(1, cells, drawn);
        state.Redraw(redrawn);
        return (drawn, cells);
    }
}
