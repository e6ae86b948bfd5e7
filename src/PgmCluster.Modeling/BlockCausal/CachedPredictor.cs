using PgmCluster.Modeling.Attention;
using PgmCluster.Modeling.Blocks;
using PgmCluster.Modeling.Partition;
using PgmCluster.Modeling.Runtime;
using PgmCluster.Modeling.Sampling;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.BlockCausal;

/// <summary>
/// A block-causal partition transformer in the midst of drawing a batch. Registers and bos are encoded at the beginning, tokens when they
/// become known, against the keys and values of all before them: nothing is encoded twice, and no mask is needed. With guidance the batch
/// is doubled, the second half as if the labels were dropped. Letters: B batch, R registers, C new tokens, Q asked-for cells, H width.
/// </summary>
internal sealed class CachedPredictor : ITokenPredictor
{
    private readonly PartitionTransformer _model;
    private readonly HeldTensors _held = new();
    private readonly LabelConditioning<PartitionConditioning> _ofLabels;
    private readonly PartitionConditioning _conditioning;
    private readonly List<KeyValueCache> _encoder = [];
    private readonly DecoderKeyWeights _keyWeights;
    private readonly KeyValueCache _decoder;
    private readonly (Tensor Cos, Tensor Sin) _rotary;                                           // rows of the cells, [n, 1, d] each
    private readonly Tensor _queries;                                                            // GroupSwap's of the cells, [n, H]
    private readonly long _batch;
    private readonly bool _guided;
    private PartitionConditioning? _firstHalf;

    /// <param name="model">The model.</param>
    /// <param name="labels">I64 [B]</param>
    /// <param name="guided">Whether any step asks for the unconditional prediction.</param>
    public CachedPredictor(PartitionTransformer model, Tensor labels, bool guided)
    {
        (_model, _batch, _guided) = (model, labels.size(0), guided);
        _ofLabels = new(labels, model.Condition, c => c.Tensors);
        try
        {
            using var scope = NewDisposeScope();
            var (s, parts, rows) = (model.Settings, model.Parts, guided ? 2 * _batch : _batch);
            _conditioning = _ofLabels.Of(unconditional: guided);
            var (cos, sin) = parts.Rotary.Table();
            Tensor OfCells(Tensor table) => _held.Hold(table.narrow(0, s.Registers + 1, s.Tokens));
            (_rotary, _queries) = ((OfCells(cos), OfCells(sin)), OfCells(_conditioning.Queries!));
            KeyValueCache Cache(params (long Keys, long Values)[] layers) => new(
                rows, s.Heads, s.Length + s.Registers, s.Hidden / s.Heads, model.ComputeType, labels.device, layers);
            for (var i = 0; i < parts.Encoder.Blocks.Count; i++) _encoder.Add(Cache((0, s.Heads)));
            _keyWeights = new DecoderKeyWeights(parts.Decoder.GroupSwap, parts.Decoder.Projections, s.Heads, model.ComputeType);
            _decoder = Cache(_keyWeights.Layers);

            var x = parts.Tokens.Lookup(full([1, 1], s.BosId, dtype: int64, device: labels.device)); // [1, 1, H]
            if (parts.Registers is { } registers) x = cat([registers.W.unsqueeze(0), x], 1);         // [1, R + 1, H]
            Encode(x.expand(rows, -1, -1), (cos.narrow(0, 0, s.Registers + 1), sin.narrow(0, 0, s.Registers + 1)));
        }
        catch
        {
            // What is kept is the most memory of all, so this is where there is too little.
            Dispose();
            throw;
        }
    }

    public void Extend(Tensor codes, Tensor cells)
    {
        using var scope = NewDisposeScope();
        var x = _model.Parts.Tokens.Lookup(codes);                                               // [B, C, H]
        Encode(_guided ? cat([x, x]) : x, Table(Doubled(cells, _guided)));
    }

    public Tensor Predict(Tensor? asked, bool unconditional)
    {
        if (unconditional && !_guided)
            throw new InvalidOperationException(
                "Predicting without labels: the batch was begun without guidance. Begin it with guidance.");
        using var scope = NewDisposeScope();
        var (parts, s) = (_model.Parts, _model.Settings);
        var conditioning = unconditional == _guided ? _conditioning : _firstHalf ??= FirstHalf();
        var cells = Doubled(asked ?? arange(s.Tokens, dtype: int64, device: _model.Device).unsqueeze(0), unconditional);
        var table = Table(cells);
        var x = parts.Decoder.GroupSwap.Forward(Rows.Of(_queries, cells), _decoder, unconditional ? 2 * _batch : _batch);
        var (crossBlocks, isShared) = (0, parts.Decoder.SharedProjection is not null);
        for (var i = 0; i < parts.Decoder.Layers.Count; i++)
        {
            var input = x;
            x = parts.Decoder.Layers[i] is CrossAttentionBlock cross
                ? cross.Forward(input, conditioning.Decoder[i], table, _decoder, isShared ? 1 : ++crossBlocks)
                : ((EncoderBlock)parts.Decoder.Layers[i]).Forward(input, conditioning.Decoder[i], null, table.Cos, table.Sin, null);
            // Where all cells are asked for, those of all blocks would be the most memory of a prediction.
            input.Dispose();
        }
        return parts.Output.Features(x, conditioning.Output).MoveToOuterDisposeScope();
    }

    public Tensor Logits(Tensor features, int ids) => _model.Logits(features, ids);

    public void Dispose()
    {
        _held.Dispose();
        _ofLabels.Dispose();
        foreach (var cache in _encoder) cache.Dispose();
        // Null where the constructor failed before.
        _keyWeights?.Dispose();
        _decoder?.Dispose();
    }

    /// <summary>Encodes new positions, and makes of them what later ones and all queries will look at.</summary>
    /// <param name="x">[B or 2B, C, H]</param>
    /// <param name="table">Rotary table of their positions.</param>
    private void Encode(Tensor x, (Tensor Cos, Tensor Sin) table)
    {
        var parts = _model.Parts;
        for (var i = 0; i < _encoder.Count; i++)
            x = parts.Encoder.Blocks[i].Forward(x, _conditioning.Encoder[i], table.Cos, table.Sin, _encoder[i]);
        _keyWeights.Append(x, table, _decoder);
    }

    /// <summary>Rotary table of cells, [1, B or 2B, C, 1, d] each.</summary>
    private (Tensor Cos, Tensor Sin) Table(Tensor cells) => (Rows.Of(_rotary.Cos, cells), Rows.Of(_rotary.Sin, cells));

    /// <summary>Cells of both halves of the batch; one row stays one.</summary>
    private static Tensor Doubled(Tensor cells, bool isDoubled) => isDoubled && cells.size(0) > 1 ? cat([cells, cells]) : cells;

    /// <summary>The conditioning of the labels alone: views, no copies.</summary>
    private PartitionConditioning FirstHalf()
    {
        Tensor Half(Tensor x) => _held.Hold(x.narrow(0, 0, _batch));
        Modulation Of(Modulation m) =>
            new(Half(m.Shift1), Half(m.Scale1), Half(m.Gate1), Half(m.Shift2), Half(m.Scale2), Half(m.Gate2));
        return _conditioning with
        {
            Encoder = [],
            Decoder = [.. _conditioning.Decoder.Select(Of)],
            Output = (Half(_conditioning.Output.Shift), Half(_conditioning.Output.Scale)),
        };
    }
}
