using static TorchSharp.torch;

namespace PgmCluster.Modeling.Sampling;

/// <summary>The next cells of the Halton order.</summary>
internal sealed class HaltonReveal(TokenSamplerSettings settings, int height, int width) : IReveal
{
    private readonly int[] _order = HaltonOrder.Of(height, width);
    private readonly int[] _known = RevealSchedule.Halton(settings.Steps, height * width, settings.Curve);

    public bool HasOneOrder => !settings.RandomizeOrder;

    public bool NeedsProbabilities => false;

    public bool IsSurplus(int step) => Count(step) == 0;

    public (int Asked, int Kept) Counts(int step, int known) => (Count(step), Count(step));

    public Tensor Order(long batch, SamplerDraws draws, Device device) =>
        HaltonOrder.Rolled(_order, batch, settings.RandomizeOrder ? draws.Rolls(batch, _order.Length) : null, device);

    public Tensor? Ask(RevealState state, int step) => state.Cells.narrow(1, state.Known, Count(step));

    public (Tensor Codes, Tensor Cells) Accept(
        RevealState state, Tensor drawn, Tensor? logProbabilities, int step, SamplerDraws draws) => state.Append(drawn);

    private int Count(int step) => _known[step] - (step == 0 ? 0 : _known[step - 1]);
}
