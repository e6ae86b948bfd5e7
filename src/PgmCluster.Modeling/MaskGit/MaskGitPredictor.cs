using PgmCluster.Modeling.Blocks;
using PgmCluster.Modeling.Sampling;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.MaskGit;

/// <summary>Remembers the grid, and computes all of it anew in every step. Letters: B batch, n cells.</summary>
internal sealed class MaskGitPredictor : ITokenPredictor
{
    private readonly MaskGitTransformer _model;
    private readonly LabelConditioning<MaskGitConditioning> _conditioning;
    private readonly Tensor _grid;                                                               // I64 [B, n]

    /// <param name="model">The model.</param>
    /// <param name="labels">I64 [B], which outlive this.</param>
    public MaskGitPredictor(MaskGitTransformer model, Tensor labels)
    {
        var s = model.Settings;
        (_model, _conditioning) = (model, new(labels, model.Condition, c => c.Tensors));
        _grid = full([labels.size(0), s.Tokens], s.MaskId, dtype: int64, device: labels.device).DetachFromDisposeScope();
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
        if (asked is not null) asked = asked.size(0) == 1 ? asked.expand(grid.size(0), -1) : asked.repeat(batch, 1);
        return _model.Features(grid, asked, _conditioning.Of(unconditional)).MoveToOuterDisposeScope();
    }

    public Tensor Logits(Tensor features, int ids) => _model.Logits(features, ids);

    public void Dispose()
    {
        _conditioning.Dispose();
        _grid.Dispose();
    }
}
