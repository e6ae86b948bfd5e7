using static TorchSharp.torch;

namespace PgmCluster.Modeling.Sampling;

/// <summary>The public code's Halton sampler for MaskGIT: the whole grid is predicted, and the first R_i cells of the order are written, known ones again.</summary>
internal sealed class HaltonRedraw(TokenSamplerSettings settings, int height, int width) : IReveal
{
    private readonly int[] _order = HaltonOrder.Of(height, width);
    private readonly int[] _known = RevealSchedule.Halton(settings.Steps, height * width);

    public bool IsSurplus(int step) => step > 0 && _known[step] == _known[step - 1];

    public (int Asked, int Kept) Counts(int step, int known) => (_order.Length, _known[step] - known);

    public Tensor Order(long batch, SamplerDraws draws) => HaltonOrder.Rolled(_order, batch, settings.RandomizeOrder ? draws.Rolls(batch, _order.Length) : null);

    public Tensor? Ask(RevealState state, int step) => null;

    public void Accept(RevealState state, Tensor drawn, Tensor logits, int step, SamplerDraws draws)
    {
        var cells = state.Cells.narrow(1, 0, _known[step]);
        state.Redraw(state.Grid.scatter(1, cells, drawn.gather(1, cells)));
    }
}
