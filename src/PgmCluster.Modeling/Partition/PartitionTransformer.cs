using PgmCluster.Modeling.Attention;
using PgmCluster.Modeling.Blocks;
using PgmCluster.Modeling.Optimization;
using PgmCluster.Modeling.Weights;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Partition;

/// <summary>
/// The partition transformer (arXiv 2505.18883, section 3). No token is ever masked: a sequence is split in two groups and every token
/// is predicted from the other group only. In inference only known tokens are encoded and only the asked-for positions are decoded. With
/// <see cref="PartitionTransformerSettings.BlockCausal"/> the groups are blocks, numbered as they are revealed, and each is predicted from
/// those before it: the same network under other <see cref="PartitionMasks"/>.
/// Sequence: [R/2 registers of group 1, R/2 registers of group 0, bos, image tokens in raster order].
/// Letters: B batch, L length with bos, T = R + L, K known tokens, Q asked-for positions, H width, V vocabulary.
/// </summary>
public sealed class PartitionTransformer : NamedModule
{
    private const float Suppressed = -1e6f;
    private readonly EmbeddingTable _tokens;
    private readonly ClassEmbedding _classes;
    private readonly RotaryEmbedding _rotary;
    private readonly PartitionEncoder _encoder;
    private readonly PartitionDecoder _decoder;
    private readonly OutputLayer _output;
    private readonly EmbeddingTable? _registers;
    private readonly Tensor _withoutMask;

    /// <param name="settings">The model's shape.</param>
    /// <param name="seed">Seed of the initial weights, which are a pure function of it; null leaves them zero, to be loaded.</param>
    /// <param name="device">Where it computes, and where its inputs must be; null for the CPU.</param>
    /// <exception cref="ArgumentException">The settings have problems. A single register is let through: such a model can predict, not be trained.</exception>
    public PartitionTransformer(PartitionTransformerSettings settings, long? seed = 0, Device? device = null) : base(nameof(PartitionTransformer), device)
    {
        Settings = ModelSettings.Checked(nameof(PartitionTransformer), settings, settings.Problems(inferenceOnly: true));
        _tokens = Child("vocab_embed", new EmbeddingTable(settings.Vocabulary, settings.Hidden, "embedding", device: device));
        _classes = Child("cls_embed", new ClassEmbedding(settings.Classes, settings.Hidden, device: device));
        var (width, positions, ahead) = (settings.Hidden / settings.Heads, settings.Length + settings.Registers, settings.Registers + 1);
        _rotary = Child("rotary_emb", settings.RotaryColumns > 0
            ? new RotaryEmbedding(width, positions, ahead, settings.RotaryColumns, device)
            : new RotaryEmbedding(width, positions, device));
        _encoder = Child("encoder", new PartitionEncoder(settings, device: device));
        _decoder = Child("decoder", new PartitionDecoder(settings, device: device));
        _output = Child("output_layer", new OutputLayer(settings.Hidden, settings.Vocabulary, device: device));
        if (settings.Registers > 0) _registers = Child("reg_tokens", new EmbeddingTable(settings.Registers, settings.Hidden, device: device));
        var suppress = zeros(settings.Vocabulary, dtype: float32, device: Device);
        suppress.narrow(0, settings.MaskId, 1).fill_(Suppressed);
        _withoutMask = Buffer("suppressed_mask", suppress, persistent: false);
        if (seed is { } value) WeightInitialization.Apply(StateDict.Of(this), value, PartitionInitialWeights.Of);
    }

    public PartitionTransformerSettings Settings { get; }

    internal (EmbeddingTable Tokens, EmbeddingTable? Registers, RotaryEmbedding Rotary, PartitionEncoder Encoder, PartitionDecoder Decoder,
        OutputLayer Output) Parts => (_tokens, _registers, _rotary, _encoder, _decoder, _output);

    /// <summary>Layers of the decoder that attend to the stream itself.</summary>
    public int SelfAttentionLayers => _decoder.SelfAttentionLayers;

    /// <summary>Training mode: every position's logits, each computed from the other group, or from the blocks before.</summary>
    /// <param name="tokens">I64 [B, L], column 0 = bos</param>
    /// <param name="groups">BOOL [B, L], column 0 false; blocks of a block-causal model: I64 [B, L], column 0 = 0, others above.</param>
    /// <param name="labels">I64 [B]</param>
    /// <param name="dropped">BOOL [B]: label replaced by "dropped"</param>
    /// <param name="dropout">Null in evaluation.</param>
    /// <param name="observe">Sees intermediate values by the reference's names; for tests.</param>
    /// <returns>[B, L, V]</returns>
    public Tensor Forward(Tensor tokens, Tensor groups, Tensor labels, Tensor? dropped, Dropout? dropout = null, Action<string, Tensor>? observe = null)
    {
        using var scope = NewDisposeScope();
        var trunk = Trunk(tokens, groups, labels, dropped, dropout, 0, observe);
        var images = trunk.Run(observe).narrow(1, Settings.Registers, Settings.Length);
        return _output.Forward(images, _output.Modulate(trunk.Condition)).MoveToOuterDisposeScope();
    }

    /// <summary>The training loss: mean cross-entropy over all image positions, the mask id's logit taken out.</summary>
    /// <returns>Scalar.</returns>
    public Tensor Loss(Tensor tokens, Tensor groups, Tensor labels, Tensor? dropped, Dropout? dropout = null)
    {
        using var scope = NewDisposeScope();
        return TokenLoss.Of(Head, ImageFeatures(tokens, groups, labels, dropped, dropout), Targets(tokens), Settings.Vocabulary).MoveToOuterDisposeScope();
    }

    /// <summary>Like <see cref="Loss"/>, after adding the parameters' gradients; logits exist for a block of positions at a time.</summary>
    /// <param name="tokens">I64 [B, L], column 0 = bos</param>
    /// <param name="groups">BOOL [B, L], column 0 false</param>
    /// <param name="labels">I64 [B]</param>
    /// <param name="dropped">BOOL [B], or null.</param>
    /// <param name="dropout">Null for none.</param>
    /// <param name="recompute">Keep the blocks' inputs only and compute the blocks again going backward: less memory, a third more work, the same bits.</param>
    /// <returns>Scalar, detached.</returns>
    public Tensor Backward(Tensor tokens, Tensor groups, Tensor labels, Tensor? dropped, Dropout? dropout, bool recompute = false)
    {
        using var scope = NewDisposeScope();
        if (!recompute)
            return TokenLoss.Backward(Head, ImageFeatures(tokens, groups, labels, dropped, dropout), Targets(tokens), Settings.Vocabulary).MoveToOuterDisposeScope();
        var trunk = Trunk(tokens, groups, labels, dropped, dropout, FirstQuery, null);
        return trunk.BackwardRecomputing((x, condition) => TokenLoss.Backward(
            Head, _output.Features(ImagePositions(x), _output.Modulate(condition)).flatten(0, 1), Targets(tokens), Settings.Vocabulary)).MoveToOuterDisposeScope();
    }

    /// <summary>Like <see cref="Forward"/> for the image positions alone, with the mask id's logit taken out: [B, L-1, V].</summary>
    public Tensor ImageLogits(Tensor tokens, Tensor groups, Tensor labels, Tensor? dropped, Dropout? dropout = null)
    {
        using var scope = NewDisposeScope();
        return Head(ImageFeatures(tokens, groups, labels, dropped, dropout)).unflatten(0, [tokens.size(0), -1]).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Registers and bos are asked for nothing, so where nobody looks at their queries (self-attention in a PGM's decoder does) they are left
    /// out.
    /// </summary>
    private long FirstQuery => _decoder.SelfAttentionLayers > 0 && !Settings.BlockCausal ? 0 : Settings.Registers + 1;

    private Tensor ImagePositions(Tensor stream) => FirstQuery > 0 ? stream : stream.narrow(1, Settings.Registers + 1, Settings.Tokens);

    private Tensor Targets(Tensor tokens) => tokens.narrow(1, 1, Settings.Tokens).flatten();

    private Tensor Head(Tensor features) => _output.Logits(features, _withoutMask);

    /// <summary>What <see cref="Head"/> is applied to, [B (L-1), H].</summary>
    internal Tensor ImageFeatures(Tensor tokens, Tensor groups, Tensor labels, Tensor? dropped, Dropout? dropout)
    {
        using var scope = NewDisposeScope();
        var trunk = Trunk(tokens, groups, labels, dropped, dropout, FirstQuery, null);
        return _output.Features(ImagePositions(trunk.Run(null)), _output.Modulate(trunk.Condition)).flatten(0, 1).MoveToOuterDisposeScope();
    }

    /// <summary>The embedded sequence and the blocks that it goes through in training.</summary>
    private PartitionTrunk Trunk(
        Tensor tokens, Tensor groups, Tensor labels, Tensor? dropped, Dropout? dropout, long firstQuery, Action<string, Tensor>? observe)
    {
        IdRange.Check(tokens, "token", Settings.Vocabulary);
        IdRange.Check(labels, "label", Settings.Classes);
        if (groups.dtype != (Settings.BlockCausal ? int64 : @bool))
            throw new ArgumentException($"Training a PartitionTransformer: groups are {groups.dtype}: must be BOOL groups, or I64 blocks of a block-causal model.");
        if (Settings.Registers == 1) throw new InvalidOperationException("Training a PartitionTransformer: registers = 1: must be even, half of them belong to each group. Use 0 or 2; with 1 a model can only predict.");
        var (batch, length, registers) = (tokens.size(0), Settings.Length + Settings.Registers, Settings.Registers);
        var x = _tokens.Lookup(tokens);                                      // [B, L, H]
        observe?.Invoke("vocab_embed", x);
        if (_registers is not null)
        {
            x = cat([_registers.W.unsqueeze(0).expand(batch, -1, -1), x], 1);                    // [B, T, H]
            var first = zeros([batch, registers], dtype: groups.dtype, device: tokens.device);
            if (!Settings.BlockCausal) first.narrow(1, 0, registers / 2).fill_(true);
            groups = cat([first, groups], 1);                                                    // [B, T]
        }
        var condition = _classes.Forward(labels, dropped);                                       // [B, H]
        observe?.Invoke("t_cond", condition);
        var masks = Settings.BlockCausal
            ? PartitionMasks.OfBlocks(groups, firstQuery, ComputeType)
            : PartitionMasks.OfGroups(groups, firstQuery, mayBeEmpty: registers == 0, ComputeType);
        var (cos, sin) = _rotary.Table();
        var keyTable = (Cos: cos, Sin: sin);
        var queryTable = firstQuery == 0
            ? keyTable
            : (Cos: cos.narrow(0, firstQuery, length - firstQuery), Sin: sin.narrow(0, firstQuery, length - firstQuery));
        var pool = _decoder.GroupSwap.IsPooled ? PoolWeights.Of(groups, firstQuery, Settings.CompatReference ? 0 : Settings.Registers) : null;
        // Each time a block runs its masks come from a stream begun anew.
        Dropout? Of(int block) => dropout?.ForBlock(block);
        return new PartitionTrunk(
            x,
            condition,
            [.. Enumerable.Range(0, _encoder.Blocks.Count).Select(i => (Func<Tensor, Tensor, Tensor>)((x, c) =>
                _encoder.Blocks[i].Forward(x, _encoder.Blocks[i].Modulate(c), masks.Same, cos, sin, Of(i))))],
            encoded => _decoder.GroupSwap.Forward(encoded, null, length - firstQuery, masks.Other, pool, queryTable, keyTable),
            _decoder.SharedProjection is { } shared ? encoded => shared.Joined(encoded, keyTable) : null,
            [.. Enumerable.Range(0, _decoder.Layers.Count).Select(i => (Func<Tensor, Tensor, Tensor, Tensor>)((x, memory, c) =>
                _decoder.Layers[i] switch
                {
                    CrossAttentionBlock cross => cross.Forward(
                        x, memory, cross.Modulate(c), masks.Other, queryTable, keyTable, Of(_encoder.Blocks.Count + i)),
                    EncoderBlock self => self.Forward(
                        x, self.Modulate(c), masks.SameInStream, queryTable.Cos, queryTable.Sin, Of(_encoder.Blocks.Count + i)),
                    var other => throw new InvalidOperationException($"{other.GetName()} is not a decoder layer."),
                }))]);
    }

    /// <summary>What depends on the classes and the positions alone: the modulations of every block, GroupSwap's queries. Made once, used in every step of a sampler.</summary>
    /// <param name="labels">I64 [B]</param>
    /// <param name="dropped">BOOL [B], or null</param>
    public PartitionConditioning Condition(Tensor labels, Tensor? dropped)
    {
        IdRange.Check(labels, "label", Settings.Classes);
        using var scope = NewDisposeScope();
        var condition = _classes.Forward(labels, dropped);
        var conditioning = new PartitionConditioning(
            [.. Enumerable.Range(0, _encoder.Blocks.Count).Select(i => _encoder.Blocks[i].Modulate(condition))],
            [.. Enumerable.Range(0, _decoder.Layers.Count).Select(i => ((IPartitionBlock)_decoder.Layers[i]).Modulate(condition))],
            _output.Modulate(condition),
            _decoder.GroupSwap.AllQueries(_rotary.Table()));
        conditioning.MoveToOuterDisposeScope();
        return conditioning;
    }

    /// <summary>Inference: logits of the asked-for positions, given the known tokens. Nothing else is computed.</summary>
    /// <param name="known">I64 [B, K]: known tokens, bos first; unused slots at the right hold anything.</param>
    /// <param name="knownPositions">I64 [1 or B, K]: 0 = bos, 1.. = image tokens in raster order.</param>
    /// <param name="asked">I64 [1 or B, Q]: positions to predict.</param>
    /// <param name="lengths">I64 [B]: known tokens of each row, bos counted; null where all K count.</param>
    /// <param name="conditioning">From <see cref="Condition"/>.</param>
    /// <returns>[B, Q, V]</returns>
    public Tensor Predict(Tensor known, Tensor knownPositions, Tensor asked, Tensor? lengths, PartitionConditioning conditioning)
    {
        using var scope = NewDisposeScope();
        return _output.Logits(Features(known, knownPositions, asked, lengths, conditioning)).MoveToOuterDisposeScope();
    }

    /// <summary>The projection to the first <paramref name="ids"/> of the vocabulary, of what <see cref="Features"/> gives: [..., H] to [..., ids].</summary>
    public Tensor Logits(Tensor features, int ids) => _output.Logits(features, ids);

    /// <summary>Like <see cref="Predict"/> up to what the projection to the vocabulary is applied to.</summary>
    /// <returns>[B, Q, H] float32</returns>
    public Tensor Features(Tensor known, Tensor knownPositions, Tensor asked, Tensor? lengths, PartitionConditioning conditioning)
    {
        if (Settings.BlockCausal)
            throw new InvalidOperationException("Predicting with a block-causal PartitionTransformer: its known tokens are not one block. Use its cache.");
        using var scope = NewDisposeScope();
        // A lone register cannot be split, so training refuses it; the public code's inference then puts it in front.
        var front = Settings.Registers == 1 ? 1 : Settings.Registers / 2;
        var (x, positions) = WithRegisters(_tokens.Lookup(known), knownPositions + Settings.Registers, front); // [B, R/2 + K, H], [1 or B, R/2 + K]
        // The public code forgets to count the registers, so the last tokens are never attended to.
        var forgotten = Settings.CompatReference ? front : 0;
        if (lengths is null && forgotten > 0)
        {
            // They are the last of every row: left out, nobody needs a mask.
            var counted = x.size(1) - forgotten;
            (x, positions, forgotten) = (x.narrow(1, 0, counted), positions.narrow(1, 0, counted), 0);
        }
        var (mask, pool) = InferenceMask(lengths, x, front, forgotten);
        var keyTable = _rotary.At(positions);
        var encoded = x;
        for (var i = 0; i < _encoder.Blocks.Count; i++)
            encoded = Next(encoded, _encoder.Blocks[i].Forward(encoded, conditioning.Encoder[i], mask, keyTable.Cos, keyTable.Sin, null));
        return Decode(encoded, asked + Settings.Registers, mask, pool, keyTable, conditioning).MoveToOuterDisposeScope();
    }

    private Tensor Decode(
        Tensor encoded, Tensor positions, AttentionMask? mask, PoolWeights? pool, (Tensor Cos, Tensor Sin) keyTable, PartitionConditioning conditioning)
    {
        using var scope = NewDisposeScope();
        var queryTable = _rotary.At(positions);
        var x = conditioning.Queries is { } queries
            ? _decoder.GroupSwap.Forward(encoded, Rows.Of(queries, positions), mask, keyTable)
            : _decoder.GroupSwap.Forward(encoded, positions, positions.size(1), mask, pool, queryTable, keyTable);
        var memory = _decoder.SharedProjection?.Joined(encoded, keyTable) ?? encoded;
        for (var i = 0; i < _decoder.Layers.Count; i++)
        {
            x = Next(x, _decoder.Layers[i] switch
            {
                CrossAttentionBlock cross => cross.Forward(x, memory, conditioning.Decoder[i], mask, queryTable, keyTable, null),
                EncoderBlock self => self.Forward(x, conditioning.Decoder[i], null, queryTable.Cos, queryTable.Sin, null),
                var other => throw new InvalidOperationException($"{other.GetName()} is not a decoder layer."),
            });
        }
        return _output.Features(x, conditioning.Output).MoveToOuterDisposeScope();
    }

    /// <summary>Lets go of a block's input, which nobody needs any more: kept to the end, those of all blocks would be the most memory of a prediction.</summary>
    private static Tensor Next(Tensor input, Tensor output)
    {
        input.Dispose();
        return output;
    }

    private (Tensor X, Tensor Positions) WithRegisters(Tensor x, Tensor positions, int front)
    {
        if (front == 0) return (x, positions);
        using var scope = NewDisposeScope();
        var first = Settings.Registers - front;                                                  // those of group 0
        var numbers = arange(first, Settings.Registers, dtype: int64, device: x.device).unsqueeze(0);
        return (
            cat([_registers!.W.narrow(0, first, front).unsqueeze(0).expand(x.size(0), -1, -1), x], 1).MoveToOuterDisposeScope(),
            cat([numbers.expand(positions.size(0), -1), positions], 1).MoveToOuterDisposeScope());
    }

    /// <summary>Valid keys among [R/2 registers, K known tokens], and the weights of the pooled query modes, which count the registers as the public code does or not at all.</summary>
    private (AttentionMask? Mask, PoolWeights? Pool) InferenceMask(Tensor? lengths, Tensor x, int front, int forgotten)
    {
        using var scope = NewDisposeScope();
        var uncounted = _decoder.GroupSwap.IsPooled && !Settings.CompatReference && front > 0;
        if (lengths is null && !uncounted) return (null, null);
        var positions = arange(x.size(1), dtype: int64, device: x.device).unsqueeze(0);
        var valid = lengths is null ? null : positions.lt((lengths + (front - forgotten)).unsqueeze(1)).unsqueeze(1); // [B, 1, S]
        PoolWeights? pool = null;
        if (_decoder.GroupSwap.IsPooled)
        {
            var weights = valid?.to_type(float32) ?? ones([1, 1, x.size(1)], dtype: float32, device: x.device);
            if (uncounted) weights.narrow(2, 0, front).fill_(0);
            pool = new PoolWeights(weights.MoveToOuterDisposeScope(), null);
        }
        if (valid is null) return (null, pool);
        var mask = AttentionMask.Of(valid, mayBeEmpty: false, ComputeType);
        mask.Bias.MoveToOuterDisposeScope();
        return (mask, pool);
    }
}
