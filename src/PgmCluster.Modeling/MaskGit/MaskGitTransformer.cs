using PgmCluster.Modeling.Blocks;
using PgmCluster.Modeling.Optimization;
using PgmCluster.Modeling.Runtime;
using PgmCluster.Modeling.Weights;
using static TorchSharp.torch;
using Dropout = PgmCluster.Modeling.Blocks.Dropout;
using Parameter = TorchSharp.Modules.Parameter;

namespace PgmCluster.Modeling.MaskGit;

/// <summary>
/// The MaskGIT baseline (arXiv 2202.04200, in the form of Halton-MaskGIT, arXiv 2503.17076): a bidirectional transformer over all tokens of
/// the grid, hidden ones replaced by the mask id. Letters: B batch, n tokens, N positions of the transformer (n, or n/4 with projection 2),
/// T = N + R with the registers, Q asked-for positions, H width, V vocabulary.
/// </summary>
public sealed class MaskGitTransformer : NamedModule
{
    private readonly EmbeddingTable _classes, _tokens, _positions;
    private readonly EmbeddingTable? _registers;
    private readonly ConvLayer? _fold;
    private readonly Parameter? _unfold;
    private readonly NamedList<MaskGitBlock> _blocks;
    private readonly MaskGitLastNorm _lastNorm;
    private readonly TiedLinear _head;

    /// <param name="settings">The model's shape.</param>
    /// <param name="seed">Seed of the initial weights, which are a pure function of it; null leaves them zero, to be loaded.</param>
    /// <param name="device">Where it computes, and where its inputs must be; null for the CPU.</param>
    /// <exception cref="ArgumentException">The settings have problems.</exception>
    public MaskGitTransformer(MaskGitSettings settings, long? seed = 0, Device? device = null) : base(nameof(MaskGitTransformer), device)
    {
        Settings = ModelSettings.Checked(nameof(MaskGitTransformer), settings, settings.Problems());
        _classes = Child("cls_emb", new EmbeddingTable(settings.Classes + 1, settings.Hidden, device: device));
        _tokens = Child("tok_emb", new EmbeddingTable(settings.Vocabulary, settings.Hidden, device: device));
        _positions = Child("pos_emb", new EmbeddingTable(settings.Tokens, settings.Hidden, device: device));
        if (settings.Projection > 1)
        {
            _fold = Child("in_proj", new ConvLayer(settings.Hidden, settings.Hidden, kernel: 2, stride: 2, bias: false, device: device));
            _unfold = Child("out_proj", new BareWeight(device, 4 * settings.Hidden, settings.Hidden, 1, 1)).W;
        }
        var layers = Child("transformer", new MaskGitLayers(settings, device: device));
        _blocks = layers.Blocks;
        _lastNorm = Child("last_norm", new MaskGitLastNorm(settings.Hidden, device: device));
        _head = Child("head", new TiedLinear(_tokens.W, device: device));
        if (settings.Registers > 0)
            _registers = Child("reg_tokens", new EmbeddingTable(settings.Registers, settings.Hidden, device: device));
        if (seed is { } value) WeightInitialization.Apply(StateDict.Of(this), value, InitialWeightOf);
    }

    public MaskGitSettings Settings { get; }

    private static InitialWeight? InitialWeightOf(string name, Tensor tensor) => name switch
    {
        // Every block begins as the identity (adaLN-zero); the other choices are the public code's.
        _ when name.StartsWith("transformer.", StringComparison.Ordinal)
            && name.Contains(".mlp.", StringComparison.Ordinal) => InitialWeight.Zero,
        _ when name.EndsWith("_emb.weight", StringComparison.Ordinal) || name == "reg_tokens.weight" => InitialWeight.SmallNormal,
        _ when tensor.shape.Length > 1 => InitialWeight.Xavier,
        _ when name.EndsWith(".weight", StringComparison.Ordinal) => InitialWeight.One,
        _ => InitialWeight.Zero,
    };

    /// <summary>Logits of every position, for training and tests.</summary>
    /// <param name="codes">I64 [B, height, width], hidden tokens = the mask id.</param>
    /// <param name="labels">I64 [B]</param>
    /// <param name="dropped">BOOL [B]: label replaced by "dropped"; null for none.</param>
    /// <param name="dropout">Null in evaluation.</param>
    /// <param name="observe">Sees intermediate values by the reference's names; for tests.</param>
    /// <returns>[B, n, V]</returns>
    public Tensor Forward(Tensor codes, Tensor labels, Tensor? dropped, Dropout? dropout = null, Action<string, Tensor>? observe = null)
    {
        IdRange.Check(codes, "token", Settings.Vocabulary);
        using var scope = NewDisposeScope();
        return _head.Forward(Compute(codes, null, Condition(labels, dropped), dropout, observe)).MoveToOuterDisposeScope();
    }

    /// <summary>The training loss: mean cross-entropy over all positions, hidden or not, as the public code has it.</summary>
    /// <param name="codes">I64 [B, height, width]</param>
    /// <param name="hidden">BOOL [B, height, width]</param>
    /// <param name="labels">I64 [B]</param>
    /// <param name="dropped">BOOL [B], or null.</param>
    /// <param name="dropout">Null in evaluation.</param>
    /// <returns>Scalar.</returns>
    public Tensor Loss(Tensor codes, Tensor hidden, Tensor labels, Tensor? dropped, Dropout? dropout = null)
    {
        IdRange.Check(codes, "token", Settings.Vocabulary);
        using var scope = NewDisposeScope();
        var features = Compute(Elementwise.MaskedFill(codes, hidden, Settings.MaskId), null, Condition(labels, dropped), dropout, null);
        return TokenLoss.Of(_head.Forward, features.flatten(0, 1), codes.flatten(), Settings.Vocabulary).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Like <see cref="Loss"/>, after adding the parameters' gradients; logits exist for a block of positions at a time, attention weights
    /// with dropout for a block of heads.
    /// </summary>
    /// <param name="codes">I64 [B, height, width]</param>
    /// <param name="hidden">BOOL [B, height, width]</param>
    /// <param name="labels">I64 [B]</param>
    /// <param name="dropped">BOOL [B], or null.</param>
    /// <param name="dropout">Null for none.</param>
    /// <param name="recompute">
    /// Keep the blocks' inputs only and compute the blocks again going backward: less memory, a third more work, the same bits.
    /// </param>
    /// <returns>Scalar, detached.</returns>
    public Tensor Backward(Tensor codes, Tensor hidden, Tensor labels, Tensor? dropped, Dropout? dropout, bool recompute = false)
    {
        using var scope = NewDisposeScope();
        var (masked, targets) = (Elementwise.MaskedFill(codes, hidden, Settings.MaskId), codes.flatten());
        IdRange.Check(labels, "label", Settings.Classes);
        var (embedded, embeddedCondition) = (Embed(masked), EmbedCondition(labels, dropped));
        var condition = embeddedCondition.detach().requires_grad_();
        var chain = new BlockChain(recompute);
        var x = embedded.detach();
        for (var i = 0; i < _blocks.Count; i++)
        {
            var (block, ofBlock) = (_blocks[i], i);
            x = chain.Forward(x, x => block.Train(x, condition, dropout?.ForBlock(ofBlock)));
        }
        var stream = x.detach().requires_grad_();
        var loss = TokenLoss.Backward(
            _head.Forward, _lastNorm.Forward(Unfold(stream, null), _lastNorm.Modulate(condition)).flatten(0, 1), targets,
            Settings.Vocabulary);
        embedded.backward([chain.Backward(stream.grad!)]);
        embeddedCondition.backward([condition.grad!]);
        return loss.MoveToOuterDisposeScope();
    }

    /// <summary>What depends on the classes alone: the modulations of every block. Made once, used in every step of a sampler.</summary>
    /// <param name="labels">I64 [B]</param>
    /// <param name="dropped">BOOL [B], or null.</param>
    public MaskGitConditioning Condition(Tensor labels, Tensor? dropped)
    {
        IdRange.Check(labels, "label", Settings.Classes);
        using var scope = NewDisposeScope();
        var condition = EmbedCondition(labels, dropped);
        var conditioning = new MaskGitConditioning(
            [.. Enumerable.Range(0, _blocks.Count).Select(i => _blocks[i].Modulate(condition))], _lastNorm.Modulate(condition));
        conditioning.MoveToOuterDisposeScope();
        return conditioning;
    }

    /// <summary>
    /// Inference: logits of the asked-for positions. The last block's queries, its MLP, and the projection to the vocabulary run for these
    /// only.
    /// </summary>
    /// <param name="codes">I64 [B, height, width], hidden tokens = the mask id.</param>
    /// <param name="asked">I64 [B, Q]: cells in raster order; null for all.</param>
    /// <param name="conditioning">From <see cref="Condition"/>.</param>
    /// <returns>[B, Q, V]</returns>
    public Tensor Predict(Tensor codes, Tensor? asked, MaskGitConditioning conditioning)
    {
        using var scope = NewDisposeScope();
        return _head.Forward(Features(codes, asked, conditioning)).MoveToOuterDisposeScope();
    }

    /// <summary>Like <see cref="Predict"/> up to what the projection to the vocabulary is applied to: [B, Q, H] float32.</summary>
    public Tensor Features(Tensor codes, Tensor? asked, MaskGitConditioning conditioning) =>
        Compute(codes, asked, conditioning, null, null);

    /// <summary>The projection to the first <paramref name="ids"/> of the vocabulary: [..., H] to [..., ids] float32.</summary>
    public Tensor Logits(Tensor features, int ids) => _head.Forward(features, ids);

    private Tensor Compute(Tensor codes, Tensor? asked, MaskGitConditioning conditioning, Dropout? dropout, Action<string, Tensor>? observe)
    {
        using var scope = NewDisposeScope();
        var x = Embed(codes);                                                                    // [B, T, H]
        // With projection 2 a position holds four cells; which ones are wanted is settled after unfolding.
        var wanted = asked is null || _fold is not null ? null : asked.unsqueeze(2).expand(-1, -1, Settings.Hidden);
        for (var i = 0; i < _blocks.Count; i++)
        {
            var input = x;
            x = _blocks[i].Forward(input, conditioning.Blocks[i], i == _blocks.Count - 1 ? wanted : null, dropout?.ForBlock(i));
            // Nobody needs it any more (a graph for the backward pass has a hold of its own).
            input.Dispose();
            observe?.Invoke($"transformer.layers.{i}", x);
        }
        if (wanted is null) x = Unfold(x, asked);
        x = _lastNorm.Forward(x, conditioning.Last);
        observe?.Invoke("last_norm", x);
        return x.MoveToOuterDisposeScope();
    }

    /// <summary>The class embeddings as the blocks want them, [B, H].</summary>
    private Tensor EmbedCondition(Tensor labels, Tensor? dropped)
    {
        using var scope = NewDisposeScope();
        var ids = dropped is null ? labels : Elementwise.MaskedFill(labels, dropped, Settings.Classes);
        return nn.functional.silu(_classes.Lookup(ids)).MoveToOuterDisposeScope();
    }

    /// <summary>Tokens with their positions, folded where the settings say so, and the registers behind them: [B, T, H].</summary>
    private Tensor Embed(Tensor codes)
    {
        using var scope = NewDisposeScope();
        var x = _tokens.Lookup(codes.flatten(1)) + _positions.W;                                 // [B, n, H]
        if (_fold is not null)
            x = _fold.Forward(x.transpose(1, 2).unflatten(2, [Settings.Height, Settings.Width])).flatten(2).transpose(1, 2); // [B, N, H]
        if (_registers is not null) x = cat([x, _registers.W.unsqueeze(0).expand(codes.size(0), -1, -1)], 1);
        return x.MoveToOuterDisposeScope();
    }

    /// <summary>The cells of the transformer's output, [B, T, H] to [B, n or Q, H].</summary>
    private Tensor Unfold(Tensor x, Tensor? asked)
    {
        using var scope = NewDisposeScope();
        var (s, batch) = (Settings, x.size(0));
        var (rows, columns) = (s.Height / s.Projection, s.Width / s.Projection);
        x = x.narrow(1, 0, rows * columns);                                                      // [B, N, H]
        if (_unfold is null) return x.MoveToOuterDisposeScope();
        x = ToFloat32(Linear(ToComputeType(x), ToComputeType(_unfold).flatten(1))) // [B, N, 4H]
            .view(batch, rows, columns, s.Hidden, 2, 2).permute(0, 1, 4, 2, 5, 3).reshape(batch, s.Tokens, s.Hidden); // [B, n, H]
        return (asked is null ? x : x.gather(1, asked.unsqueeze(2).expand(-1, -1, s.Hidden))).MoveToOuterDisposeScope();
    }

    /// <summary>Only there for the names "transformer.layers.k".</summary>
    private sealed class MaskGitLayers : NamedModule
    {
        public MaskGitLayers(MaskGitSettings s, Device? device = null) : base(nameof(MaskGitLayers), device) =>
            Blocks = Child(
                "layers",
                new NamedList<MaskGitBlock>(Enumerable.Range(0, s.Depth).Select(_ => new MaskGitBlock(s, device: device)), device: device));

        public NamedList<MaskGitBlock> Blocks { get; }
    }

    /// <summary>A convolution's weight without a bias.</summary>
    private sealed class BareWeight : NamedModule
    {
        public BareWeight(Device? device, params long[] shape) : base(nameof(BareWeight), device) => W = Weight("weight", shape);

        public Parameter W { get; }
    }

    /// <summary>The head: its weight is the token embedding itself.</summary>
    private sealed class TiedLinear : NamedModule
    {
        private readonly Parameter _weight, _bias;

        public TiedLinear(Parameter weight, Device? device = null) : base(nameof(TiedLinear), device)
        {
            _weight = weight;
            register_parameter("weight", weight);
            _bias = Weight("bias", weight.size(0));
        }

        public Tensor Forward(Tensor x)
        {
            Placement.Check(_weight, x, _bias);
            return ToTypeOf(x, Linear(ToComputeType(x), ToComputeType(_weight), ToComputeType(_bias)));
        }

        public Tensor Forward(Tensor x, long rows)
        {
            Placement.Check(_weight, x, _bias);
            using var scope = NewDisposeScope();
            var (weight, bias) = (ToComputeType(_weight).narrow(0, 0, rows), ToComputeType(_bias).narrow(0, 0, rows));
            return ToTypeOf(x, Linear(ToComputeType(x), weight, bias)).MoveToOuterDisposeScope();
        }
    }
}
