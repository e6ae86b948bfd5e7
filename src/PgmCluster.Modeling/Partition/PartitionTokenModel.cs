using PgmCluster.Modeling.Blocks;
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

    public ITokenPredictor Begin(Tensor labels, bool guided) => new Predictor(model, labels);

    public double Operations(int known, int asked)
    {
        var s = model.Settings;
        double h = s.Hidden, squared = h * h, keys = 1 + known + s.Registers / 2;
        // Per position: queries, keys, values, output 2h^2 each; the MLP 2 x 2h x (ratio h). Per pair of query and key: 4h.
        double mlp = 4 * s.MlpRatio * squared, encoder = keys * (8 * squared + mlp) + 4 * keys * keys * h;
        var selfLayers = model.SelfAttentionLayers;
        double cross = asked * (4 * squared + mlp) + 4 * asked * keys * h, self = asked * (8 * squared + mlp) + 4.0 * asked * asked * h;
        var projections = model.Parts.Decoder.Projections.Count * keys * 4 * squared;
        var swap = asked * (2 + (s.QueryProcess == "mlp4" ? 16 : 2)) * squared + keys * 4 * squared + 4 * asked * keys * h;
        return s.EncoderBlocks * encoder + swap + projections + (s.DecoderBlocks - selfLayers) * cross + selfLayers * self
            + 2 * asked * h * s.Vocabulary;
    }

    /// <summary>
    /// Remembers the known tokens, and encodes all of them anew in every step: each of them sees those that came later. Letters: B batch, n
    /// tokens, K of them known.
    /// </summary>
    private sealed class Predictor : ITokenPredictor
    {
        private readonly PartitionTransformer _model;
        private readonly LabelConditioning<PartitionConditioning> _conditioning;
        private readonly Tensor _codes, _positions;                                              // I64 [B, 1 + n] each: bos first
        private long _known, _rows = 1;

        /// <param name="model">The model.</param>
        /// <param name="labels">I64 [B], which outlive this.</param>
        public Predictor(PartitionTransformer model, Tensor labels)
        {
            var s = model.Settings;
            (_model, _conditioning) = (model, new(labels, model.Condition, c => c.Tensors));
            _positions = zeros([labels.size(0), s.Length], dtype: int64, device: labels.device).DetachFromDisposeScope();
            _codes = full([labels.size(0), s.Length], s.BosId, dtype: int64, device: labels.device).DetachFromDisposeScope();
        }

        public void Extend(Tensor codes, Tensor cells)
        {
            using var scope = NewDisposeScope();
            var count = codes.size(1);
            _rows = Math.Max(_rows, cells.size(0));
            _codes.narrow(1, 1 + _known, count).copy_(codes);
            _positions.narrow(1, 1 + _known, count).copy_(cells + 1);
            _known += count;
        }

        public Tensor Predict(Tensor? asked, bool unconditional)
        {
            using var scope = NewDisposeScope();
            var codes = _codes.narrow(1, 0, 1 + _known);
            // One row where all images have the same: bos alone at the beginning.
            var positions = _positions.narrow(0, 0, _rows).narrow(1, 0, 1 + _known);
            var queries = (asked ?? arange(_model.Settings.Tokens, dtype: int64, device: codes.device).unsqueeze(0)) + 1;
            if (unconditional)
            {
                codes = codes.repeat(2, 1);
                if (positions.size(0) > 1) positions = positions.repeat(2, 1);
                if (queries.size(0) > 1) queries = queries.repeat(2, 1);
            }
            return _model.Features(codes, positions, queries, null, _conditioning.Of(unconditional)).MoveToOuterDisposeScope();
        }

        public Tensor Logits(Tensor features, int ids) => _model.Logits(features, ids);

        public void Dispose()
        {
            _conditioning.Dispose();
            _codes.Dispose();
            _positions.Dispose();
        }
    }
}
