using PgmCluster.Modeling.Runtime;
using PgmCluster.Modeling.Sampling;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.MaskGit;

/// <summary>Remembers the grid, and computes all of it anew in every step. Letters: B batch, n cells.</summary>
internal sealed class MaskGitPredictor : ITokenPredictor
{
    private readonly MaskGitTransformer _model;
    private readonly HeldTensors _held = new();
    private readonly Tensor _labels, _grid;                                                      // I64 [B], [B, n]
    private MaskGitConditioning? _alone, _both;

    /// <param name="model">The model.</param>
    /// <param name="labels">I64 [B], which outlive this.</param>
    public MaskGitPredictor(MaskGitTransformer model, Tensor labels)
    {
        var s = model.Settings;
        (_model, _labels) = (model, labels);
        _grid = _held.Hold(full([labels.shape[0], s.Tokens], s.MaskId, dtype: int64, device: labels.device));
    }

    public void Extend(Tensor codes, Tensor cells)
    {
        using var scope = NewDisposeScope();
        _grid.scatter_(1, cells.expand(codes.shape), codes);
    }

    public Tensor Predict(Tensor? asked, bool unconditional)
    {
        using var scope = NewDisposeScope();
        var (s, batch) = (_model.Settings, unconditional ? 2 : 1);
        var grid = _grid.view(-1, s.Height, s.Width).repeat(batch, 1, 1);
        if (asked is not null) asked = asked.shape[0] == 1 ? asked.expand(grid.shape[0], -1) : asked.repeat(batch, 1);
        return _model.Features(grid, asked, unconditional ? _both ??= Both() : _alone ??= Conditioned(_labels, null))
            .MoveToOuterDisposeScope();
    }

    public Tensor Logits(Tensor features, int ids) => _model.Logits(features, ids);

    public void Dispose() => _held.Dispose();

    /// <summary>Both passes in one batch read the weights once; they differ in the condition only.</summary>
    private MaskGitConditioning Both()
    {
        using var scope = NewDisposeScope();
        return Conditioned(
            cat([_labels, _labels]), cat([zeros_like(_labels, dtype: @bool), ones_like(_labels, dtype: @bool)]));
    }

    private MaskGitConditioning Conditioned(Tensor labels, Tensor? dropped)
    {
        var conditioning = _model.Condition(labels, dropped);
        foreach (var tensor in conditioning.Tensors) _held.Hold(tensor);
        return conditioning;
    }
}
