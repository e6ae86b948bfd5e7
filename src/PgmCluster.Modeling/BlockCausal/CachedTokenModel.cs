using PgmCluster.Modeling.Likelihood;
using PgmCluster.Modeling.Partition;
using PgmCluster.Modeling.Sampling;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.BlockCausal;

/// <summary>
/// A block-causal partition transformer for samplers: what a token's encoding depends on is known before it or with it, so each is encoded
/// once.
/// </summary>
/// <param name="model">Its weights must not change while a batch is drawn.</param>
public sealed class CachedTokenModel(PartitionTransformer model) : ITokenModel, IOnePassLikelihood
{
    public int Tokens => model.Settings.Tokens;

    public int Codebook => model.Settings.Codebook;

    public int Vocabulary => model.Settings.Vocabulary;

    public int MaskId => model.Settings.MaskId;

    public int BosId => model.Settings.BosId;

    public bool ReferenceRedraws => false;

    public ITokenPredictor Begin(Tensor labels, bool guided) => new CachedPredictor(model, labels, guided);

    public Tensor Features(Tensor codes, Tensor blocks, Tensor labels)
    {
        using var scope = NewDisposeScope();
        // Bos stands in front, in block 0.
        return model.ImageFeatures(
            nn.functional.pad(codes, [1, 0], value: BosId), nn.functional.pad(blocks.expand(codes.shape), [1, 0]), labels, null, null)
            .unflatten(0, codes.shape).MoveToOuterDisposeScope();
    }

    public Tensor Logits(Tensor features, int ids) => model.Logits(features, ids);

    public long KeptBytes(bool guided)
    {
        var s = model.Settings;
        // Keys and values of each encoder block, of GroupSwap and of each cross block, or of all where they share them.
        long layers = s.EncoderBlocks + 1 + model.Parts.Decoder.Projections.Count, positions = s.Length + s.Registers;
        return (guided ? 2 : 1) * positions * layers * 2 * s.Hidden * (model.ComputeType == ScalarType.Float32 ? 4 : 2);
    }

    public double BeginOperations => Encoding(0, 1 + model.Settings.Registers);

    public double ExtendOperations(int known, int added) => Encoding(1 + model.Settings.Registers + known, added);

    public double Operations(int known, int asked)
    {
        var s = model.Settings;
        double h = s.Hidden, squared = h * h, keys = 1 + s.Registers + known;
        // Per asked-for cell: queries and output 2h^2 each; the MLP 2 x 2h x (ratio h). Per pair of query and key: 4h. GroupSwap's queries
        // are made once, for all images.
        double mlp = 4 * s.MlpRatio * squared, attention = 4 * asked * keys * h;
        double cross = asked * (4 * squared + mlp) + attention, self = asked * (8 * squared + mlp) + 4.0 * asked * asked * h;
        var swap = asked * 2 * squared + attention;
        return swap + (s.DecoderBlocks - model.SelfAttentionLayers) * cross + model.SelfAttentionLayers * self
            + 2 * asked * h * s.Vocabulary;
    }

    /// <summary>
    /// Of encoding positions that see those before them and each other, and of all keys and values that are made of them.
    /// </summary>
    private double Encoding(int before, int positions)
    {
        var s = model.Settings;
        double h = s.Hidden, squared = h * h, mlp = 4 * s.MlpRatio * squared;
        var block = positions * (8 * squared + mlp) + 4.0 * positions * (before + positions) * h;
        return s.EncoderBlocks * block + (1 + model.Parts.Decoder.Projections.Count) * positions * 4 * squared;
    }
}
