using PgmCluster.Modeling.Sampling;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Partition;

/// <summary>A partition transformer for samplers: it is given the known tokens alone.</summary>
public sealed class PartitionTokenModel(PartitionTransformer model) : ITokenModel
{
    public int Tokens => model.Settings.Tokens;

    public int Codebook => model.Settings.Codebook;

    public int Vocabulary => model.Settings.Vocabulary;

    public int MaskId => model.Settings.MaskId;

    public int BosId => model.Settings.BosId;

    public bool ReferenceRedraws => false;

    public ITokenPredictor Begin(Tensor labels, bool guided) => new PartitionPredictor(model, labels);

    public double Operations(int known, int asked)
    {
        var s = model.Settings;
        double h = s.Hidden, squared = h * h, keys = 1 + known + s.Registers / 2;
        // Per position: queries, keys, values, output 2h^2 each; the MLP 2 x 2h x (ratio h). Per pair of query and key: 4h.
        double mlp = 4 * s.MlpRatio * squared, encoder = keys * (8 * squared + mlp) + 4 * keys * keys * h;
        var selfLayers = model.SelfAttentionLayers;
        double cross = asked * (4 * squared + mlp) + keys * 4 * squared + 4 * asked * keys * h, self = asked * (8 * squared + mlp)
            + 4.0 * asked * asked * h;
        var swap = asked * (2 + (s.QueryProcess == "mlp4" ? 16 : 2)) * squared + keys * 4 * squared + 4 * asked * keys * h;
        return s.EncoderBlocks * encoder + swap + (s.DecoderBlocks - selfLayers) * cross + selfLayers * self + 2 * asked * h * s.Vocabulary;
    }
}
