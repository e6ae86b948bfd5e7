using static TorchSharp.torch;

namespace PgmCluster.Modeling.Sampling;

/// <summary>
/// Draws an image's tokens over several steps: the model predicts cells from those known so far, codes are drawn, and some are kept. What
/// differs between the samplers of the paper is in the model (<see cref="ITokenModel"/>) and in which cells are asked for and kept.
/// Letters: B batch, n cells, P cells of a step, V vocabulary.
/// </summary>
public sealed class TokenSampler
{
    private readonly ITokenModel _model;
    private readonly TokenSamplerSettings _settings;
    private readonly IReveal _reveal;
    private readonly int _height, _width;
    private readonly bool _keepsSpecialIds;

    public TokenSampler(ITokenModel model, TokenSamplerSettings settings, int height, int width)
    {
        if (height * width != model.Tokens)
            throw new ArgumentException($"The grid {height}x{width} does not have the model's {model.Tokens} tokens.");
        (_model, _settings, _height, _width) = (model, settings, height, width);
        var redraws = settings.CompatReference && model.ReferenceRedraws;
        _reveal = (settings.Sampler, redraws) switch
        {
            (RevealMethod.Halton, false) => new HaltonReveal(settings, height, width),
            (RevealMethod.Halton, true) => new HaltonRedraw(settings, height, width),
            (RevealMethod.Confidence, false) => new ConfidenceReveal(settings, model.Tokens),
            _ => new ConfidenceRedraw(settings, model.Tokens, model.MaskId),
        };
        _keepsSpecialIds = settings.CompatReference && (model.ReferenceRedraws || settings.Sampler == RevealMethod.Confidence);
        SurplusSteps = Enumerable.Range(0, settings.Steps).Count(_reveal.IsSurplus);
    }

    /// <summary>Steps that reveal nothing because there are more steps than tokens; they are skipped.</summary>
    public int SurplusSteps { get; }

    /// <summary>Draws images' codes.</summary>
    /// <param name="labels">I64 [B], on the model's device.</param>
    /// <param name="draws">Random numbers.</param>
    /// <param name="observe">Told all of every step.</param>
    /// <param name="revealed">
    /// Told after every step of the step and the grid alone, I64 [B, n] with the mask id where nothing is known; it lives as long as the call.
    /// </param>
    /// <returns>I64 [B, height, width]</returns>
    public Tensor Sample(
        Tensor labels, SamplerDraws draws, Action<SamplerStep>? observe = null, Action<int, Tensor>? revealed = null)
    {
        using var scope = NewDisposeScope();
        using var _ = inference_mode();
        var batch = labels.size(0);
        var state = new RevealState(_reveal.Order(batch, draws, labels.device), _model.BosId, _model.MaskId);
        var steps = Enumerable.Range(0, _settings.Steps).Where(i => !_reveal.IsSurplus(i)).ToArray();
        using var predictor = _model.Begin(labels, guided: _settings.Guidance != 0);
        // A row stands for all images where all have the same cells.
        Tensor Rows(Tensor cells) => _reveal.HasOneOrder ? cells.narrow(0, 0, 1) : cells;

        foreach (var i in steps)
        {
            using var step = NewDisposeScope();
            var asked = _reveal.Ask(state, i);
            var weight = _settings.GuidanceAt(i);
            var raw = predictor.Predict(asked is null ? null : Rows(asked), unconditional: weight != 0); // [B or 2B, P, H]
            var features = weight == 0 ? raw : Guided(raw, batch, weight);
            var uniforms = _reveal.Uniforms(state, asked, i, draws).to(labels.device);
            var (drawn, probabilities) = TokenDraw.Of(
                rows => Scaled(predictor, rows, i), features, uniforms, _model.Vocabulary, _settings.TopK, _reveal.NeedsProbabilities);
            var before = observe is null ? null : state.Grid.clone();
            var known = state.Known;
            var (codes, cells) = _reveal.Accept(state, drawn, probabilities, i, draws);
            observe?.Invoke(new SamplerStep(
                i, state.Codes.narrow(1, 0, 1 + known), state.Cells.narrow(1, 0, known), before!, asked,
                predictor.Logits(raw.narrow(0, 0, batch), _model.Vocabulary), weight == 0
                    ? null
                    : predictor.Logits(raw.narrow(0, batch, batch), _model.Vocabulary),
                Scaled(predictor, features, i), drawn, state.Grid));
            revealed?.Invoke(i, state.Grid);
            if (i != steps[^1]) predictor.Extend(codes, Rows(cells));
        }
        // Only the public code's samplers can leave a special id behind.
        return state.Grid.clamp(0, _model.Codebook - 1).view(batch, _height, _width).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// (1+w) conditional - w unconditional, of what the head is applied to: it is affine and the weights sum to 1, so it is applied once.
    /// </summary>
    private static Tensor Guided(Tensor both, long batch, double weight)
    {
        using var scope = NewDisposeScope();
        var (with, without) = (both.narrow(0, 0, batch), both.narrow(0, batch, batch));
        return ((with - without) * weight).add_(with).MoveToOuterDisposeScope();
    }

    /// <summary>What the softmax is taken of, F64 [..., N].</summary>
    private Tensor Scaled(ITokenPredictor predictor, Tensor features, int step)
    {
        using var scope = NewDisposeScope();
        // The special ids are the last: leaving them out is all it takes.
        var logits = predictor.Logits(features, _keepsSpecialIds ? _model.Vocabulary : _model.Codebook);
        return logits.to_type(float64).mul_(_settings.LogitScaleAt(step)).MoveToOuterDisposeScope();
    }

    /// <summary>Floating-point operations of drawing one image, as counted by the model; the draws themselves are left out.</summary>
    public double Operations()
    {
        // What is taken in serves both passes, whatever the weight of the step in which it is asked.
        var passes = _settings.Guidance == 0 ? 1 : 2;
        var (operations, known) = (passes * _model.BeginOperations, 0);
        for (var (i, added) = (0, 0); i < _settings.Steps; i++)
        {
            if (_reveal.IsSurplus(i)) continue;
            if (added > 0) operations += passes * _model.ExtendOperations(known - added, added);
            var (asked, kept) = _reveal.Counts(i, known);
            operations += _model.Operations(known, asked) * (_settings.GuidanceAt(i) == 0 ? 1 : 2);
            (known, added) = (known + kept, kept);
        }
        return operations;
    }
}
