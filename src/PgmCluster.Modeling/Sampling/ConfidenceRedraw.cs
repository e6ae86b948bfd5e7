using PgmCluster.Modeling.Blocks;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Sampling;

/// <summary>
/// The public code's Confidence sampler for MaskGIT: the whole grid is drawn, known cells count as infinitely confident and are written
/// again, and a drawn mask id leaves its cell unknown.
/// </summary>
internal sealed class ConfidenceRedraw(TokenSamplerSettings settings, int tokens, int maskId) : IReveal
{
    private readonly int[] _known = RevealSchedule.ConfidenceTotals(settings.Steps, tokens, settings.Curve);

    public bool HasOneOrder => false;

    public bool NeedsProbabilities => true;

    public bool IsSurplus(int step) => false;

    public (int Asked, int Kept) Counts(int step, int known) => (tokens, _known[step] - known);

    public Tensor Order(long batch, SamplerDraws draws, Device device) =>
        arange(tokens, dtype: int64, device: device).unsqueeze(0).repeat(batch, 1);

    public Tensor? Ask(RevealState state, int step) => null;

    public (Tensor Codes, Tensor Cells) Accept(
        RevealState state, Tensor drawn, Tensor? logProbabilities, int step, SamplerDraws draws)
    {
        using var scope = NewDisposeScope();
        var confidence = Elementwise.MaskedFill(
            Confidence.Of(logProbabilities!, settings.NoiseAt(step), draws, step), state.Grid.ne(maskId), double.PositiveInfinity);
        var (largest, _) = confidence.topk(_known[step], 1, largest: true, sorted: true);
        var threshold = largest.narrow(1, _known[step] - 1, 1);
        state.Redraw(drawn.where(confidence.ge(threshold), state.Grid));
        return (state.Grid, state.Cells);
    }
}
