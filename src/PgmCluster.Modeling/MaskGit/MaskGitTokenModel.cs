using PgmCluster.Modeling.Sampling;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.MaskGit;

/// <summary>A MaskGIT transformer for samplers: it is given the whole grid, unknown cells masked.</summary>
public sealed class MaskGitTokenModel(MaskGitTransformer model) : ITokenModel
{
    public int Tokens => model.Settings.Tokens;

    public int Codebook => model.Settings.Codebook;

    public int MaskId => model.Settings.MaskId;

    public int BosId => model.Settings.MaskId;

    public bool ReferenceRedraws => true;

    public ITokenPredictor Condition(Tensor labels, Tensor? dropped) => new Predictor(model, model.Condition(labels, dropped));

    private sealed class Predictor(MaskGitTransformer model, MaskGitConditioning conditioning) : ITokenPredictor
    {
        public Tensor Predict(RevealState state, Tensor? asked, int repeat)
        {
            using var scope = NewDisposeScope();
            var grid = state.Grid.view(-1, model.Settings.Height, model.Settings.Width).repeat(repeat, 1, 1);
            return model.Predict(grid, asked?.repeat(repeat, 1), conditioning).MoveToOuterDisposeScope();
        }
    }
}
