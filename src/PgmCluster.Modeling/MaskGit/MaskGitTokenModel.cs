using PgmCluster.Modeling.Sampling;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.MaskGit;

/// <summary>A MaskGIT transformer for samplers: it is given the whole grid, unknown cells masked.</summary>
public sealed class MaskGitTokenModel(MaskGitTransformer model) : ITokenModel
{
    public int Tokens => model.Settings.Tokens;

    public int Codebook => model.Settings.Codebook;

    public int Vocabulary => model.Settings.Vocabulary;

    public int MaskId => model.Settings.MaskId;

    public int BosId => model.Settings.MaskId;

    public bool ReferenceRedraws => true;

    public ITokenPredictor Begin(Tensor labels, bool guided) => new MaskGitPredictor(model, labels);

    public double Operations(int known, int asked)
    {
        var s = model.Settings;
        double h = s.Hidden, squared = h * h, folded = s.Projection * s.Projection, positions = s.Tokens / folded + s.Registers;
        // Per position: queries, keys, values, output 2h^2 each; SwiGLU 3 x 2h x inner. Per pair of query and key: 4h.
        double mlp = 6 * h * s.SwiGluWidth;
        double Block(double queries) => queries * (4 * squared + mlp) + positions * 4 * squared + 4 * queries * positions * h;
        var folding = folded > 1 ? s.Tokens / folded * 2 * 2 * folded * squared : 0;
        return (s.Depth - 1) * Block(positions) + Block(folded > 1 ? positions : asked) + folding + 2 * asked * h * s.Vocabulary;
    }
}
