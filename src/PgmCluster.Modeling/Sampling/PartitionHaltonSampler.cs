using PgmCluster.Modeling.Partition;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Sampling;

/// <summary>
/// The Halton sampler for partition transformers: in each step the next positions of the order are predicted from the tokens known so
/// far, and drawn. Letters: B batch, n tokens, S steps, P positions of a step.
/// </summary>
public sealed class PartitionHaltonSampler
{
    private readonly PartitionTransformer _model;
    private readonly HaltonSamplerSettings _settings;
    private readonly int[] _order, _known;
    private readonly int _height, _width;

    public PartitionHaltonSampler(PartitionTransformer model, HaltonSamplerSettings settings, int height, int width)
    {
        if (height * width != model.Settings.Tokens)
            throw new ArgumentException($"The grid {height}x{width} does not have the model's {model.Settings.Tokens} tokens.");
        (_model, _settings, _height, _width) = (model, settings, height, width);
        _order = HaltonOrder.Of(height, width);
        _known = RevealSchedule.Halton(settings.Steps, _order.Length);
        SurplusSteps = _known.Zip(_known.Prepend(0), (after, before) => after == before).Count(empty => empty);
    }

    /// <summary>Steps that reveal nothing because there are more steps than tokens; they are skipped.</summary>
    public int SurplusSteps { get; }

    /// <summary>Draws images' codes.</summary>
    /// <param name="labels">I64 [B]</param>
    /// <param name="draws">Random numbers.</param>
    /// <param name="observe">Told of every step.</param>
    /// <returns>I64 [B, height, width]</returns>
    public Tensor Sample(Tensor labels, SamplerDraws draws, Action<SamplerStep>? observe = null)
    {
        using var scope = NewDisposeScope();
        using var _ = inference_mode();
        var (batch, tokens, steps) = (labels.shape[0], _order.Length, _settings.Steps);
        var positions = Positions(batch, draws).to(labels.device);                               // [B, 1 + n], bos first
        var codes = full([batch, 1 + tokens], _model.Settings.BosId, dtype: int64, device: labels.device); // in the same order
        var conditional = _model.Condition(labels, null);
        var unconditional = _settings.Guidance == 0 ? null : _model.Condition(labels, ones_like(labels, dtype: @bool));

        for (var i = 0; i < steps; i++)
        {
            using var step = NewDisposeScope();
            var before = i == 0 ? 0 : _known[i - 1];
            var count = _known[i] - before;
            if (count == 0) continue;
            var known = codes.narrow(1, 0, 1 + before);
            var knownPositions = positions.narrow(1, 0, 1 + before);
            var asked = positions.narrow(1, 1 + before, count);

            var raw = _model.Predict(known, knownPositions, asked, null, conditional);           // [B, P, V]
            var weight = GuidanceAt(i);
            var rawUnconditional = weight == 0 ? null : _model.Predict(known, knownPositions, asked, null, unconditional!);
            var logits = rawUnconditional is null ? raw : (1 + weight) * raw - weight * rawUnconditional;
            // The mask and bos ids are the last two: leaving them out is all it takes.
            var scaled = logits.narrow(2, 0, _model.Settings.Codebook).to_type(float64).mul_(ScaleAt(i));
            var drawn = CategoricalDraw.Draw(scaled, draws.Uniforms(i, batch, count).to(labels.device), _settings.TopK);
            codes.narrow(1, 1 + before, count).copy_(drawn);
            observe?.Invoke(new SamplerStep(i, known, knownPositions, asked, raw, rawUnconditional, scaled, drawn));
        }

        var grid = zeros([batch, 1 + tokens], dtype: int64, device: labels.device).scatter_(1, positions, codes);
        return grid.narrow(1, 1, tokens).view(batch, _height, _width).clone().MoveToOuterDisposeScope();
    }

    private double GuidanceAt(int step) =>
        _settings.LinearGuidance && _settings.Steps > 1 ? _settings.Guidance * step / (_settings.Steps - 1) : _settings.Guidance;

    private double ScaleAt(int step)
    {
        var t = _settings.Steps > 1 ? step / (double)(_settings.Steps - 1) : 0;
        var scale = _settings.LogitScaleStart + (_settings.LogitScaleEnd - _settings.LogitScaleStart) * t;
        return step < _settings.WarmUpSteps ? scale / 2 : scale;
    }

    /// <summary>Sequence positions in the order of revealing, bos (0) first, I64 [B, 1 + n].</summary>
    private Tensor Positions(long batch, SamplerDraws draws)
    {
        var tokens = _order.Length;
        var rolls = _settings.RandomizeOrder ? draws.Rolls(batch, tokens) : new int[batch];
        var all = new long[batch * (1 + tokens)];
        for (var b = 0; b < batch; b++)
        {
            for (var i = 0; i < tokens; i++) all[b * (1 + tokens) + 1 + (i + rolls[b]) % tokens] = 1 + _order[i];
        }
        return tensor(all, [batch, 1 + tokens], dtype: int64);
    }
}
