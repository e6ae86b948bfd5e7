using static TorchSharp.torch;

namespace PgmCluster.Modeling.Sampling;

/// <summary>
/// The most confident of all open cells: log-probability of the drawn code plus shrinking Gumbel noise. Ties go to the earlier cell.
/// </summary>
internal sealed class ConfidenceReveal(TokenSamplerSettings settings, int tokens) : IReveal
{
    private readonly int[] _counts = settings.CompatReference
        ? RevealSchedule.ReferenceConfidenceCounts(settings.Steps, tokens, settings.Curve)
        : RevealSchedule.ConfidenceCounts(settings.Steps, tokens, settings.Curve);

    public bool HasOneOrder => false;

    public bool NeedsProbabilities => true;

    public bool IsSurplus(int step) => _counts[step] == 0;

    public (int Asked, int Kept) Counts(int step, int known) => (tokens - known, _counts[step]);

    public Tensor Order(long batch, SamplerDraws draws, Device device) =>
        arange(tokens, dtype: int64, device: device).unsqueeze(0).repeat(batch, 1);

    // A copy: the order of the open cells changes when the step's codes are taken over.
    public Tensor? Ask(RevealState state, int step) => state.Open.clone();

    public (Tensor Codes, Tensor Cells) Accept(
        RevealState state, Tensor drawn, Tensor? logProbabilities, int step, SamplerDraws draws)
    {
        using var scope = NewDisposeScope();
        var (batch, open, count) = (drawn.size(0), drawn.size(1), _counts[step]);
        var confidence = Confidence.Of(logProbabilities!, settings.NoiseAt(step), draws, step);
        // Chosen cells first, each part in its old order.
        var (_, ranked) = sort(confidence, dim: 1, descending: true, stable: true);
        var key = arange(open, dtype: int64, device: drawn.device).unsqueeze(0).repeat(batch, 1);
        var order = key.add(open).scatter(1, ranked.narrow(1, 0, count), ranked.narrow(1, 0, count)).argsort(1);
        state.Reorder(state.Open.gather(1, order));
        var (codes, cells) = state.Append(drawn.gather(1, order).narrow(1, 0, count));
        return (codes.MoveToOuterDisposeScope(), cells.MoveToOuterDisposeScope());
    }
}
