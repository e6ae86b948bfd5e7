using PgmCluster.Modeling.Blocks;
using PgmCluster.Modeling.Weights;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Tokenizer;

/// <summary>
/// The VQGAN tokenizer of LlamaGen (FoundationVision/LlamaGen, "VQ-8" and "VQ-16"). Letters: B batch, S image size, h, w grid.
/// </summary>
public sealed class VqTokenizer : NamedModule
{
    private readonly VqEncoder _encoder;
    private readonly VqDecoder _decoder;
    private readonly ConvLayer _quantConv, _postQuantConv;

    /// <param name="settings">The model's shape.</param>
    /// <param name="seed">Seed of the initial weights, which are a pure function of it; null leaves them zero, to be loaded.</param>
    /// <param name="device">Where it computes, and where its inputs must be; null for the CPU.</param>
    /// <exception cref="ArgumentException">The settings have problems.</exception>
    public VqTokenizer(VqSettings settings, long? seed = 0, Device? device = null) : base(nameof(VqTokenizer), device)
    {
        Settings = ModelSettings.Checked(nameof(VqTokenizer), settings, settings.Problems());
        _encoder = Child("encoder", new VqEncoder(settings, device: device));
        _decoder = Child("decoder", new VqDecoder(settings, device: device));
        Quantizer = Child("quantize", new VectorQuantizer(settings, device: device));
        _quantConv = Child("quant_conv", new ConvLayer(settings.LatentChannels, settings.CodeWidth, 1, device: device));
        _postQuantConv = Child("post_quant_conv", new ConvLayer(settings.CodeWidth, settings.LatentChannels, 1, device: device));
        if (seed is { } value) WeightInitialization.Apply(StateDict.Of(this), value, InitialWeightOf);
    }

    public VqSettings Settings { get; }

    public VectorQuantizer Quantizer { get; }

    private static InitialWeight? InitialWeightOf(string name, Tensor tensor) => name switch
    {
        "quantize.embedding.weight" => InitialWeight.UnitNormal, // its direction is all that counts
        _ when tensor.shape.Length > 1 => InitialWeight.FanIn,
        _ when name.Contains("norm", StringComparison.Ordinal) && name.EndsWith("weight", StringComparison.Ordinal) => InitialWeight.One,
        _ => InitialWeight.Zero,
    };

    /// <summary>The encoder alone, before <c>quant_conv</c>.</summary>
    public Tensor Encode(Tensor images) => _encoder.Forward(images);

    /// <summary>Latents that are quantized, [B, codeWidth, h, w].</summary>
    public Tensor Latents(Tensor images)
    {
        using var scope = NewDisposeScope();
        return _quantConv.Forward(_encoder.Forward(images)).MoveToOuterDisposeScope();
    }

    /// <param name="images">[B, 3, S, S] in [-1, 1]</param>
    /// <returns>I64 [B, h, w]</returns>
    public Tensor Tokenize(Tensor images)
    {
        using var scope = NewDisposeScope();
        return Quantizer.Codes(Latents(images)).MoveToOuterDisposeScope();
    }

    /// <param name="codes">I64 [B, h, w]</param>
    /// <returns>[B, 3, S, S], clamped to [-1, 1] only by <see cref="Reconstruct"/></returns>
    public Tensor Decode(Tensor codes)
    {
        IdRange.Check(codes, "code", Settings.Codebook);
        using var scope = NewDisposeScope();
        return DecodeLatents(Quantizer.Entries(codes)).MoveToOuterDisposeScope();
    }

    /// <summary>Images for codes, clamped to [-1, 1].</summary>
    public Tensor Reconstruct(Tensor codes)
    {
        using var scope = NewDisposeScope();
        return Decode(codes).clamp(-1, 1).MoveToOuterDisposeScope();
    }

    /// <summary>Training mode: reconstruction with the losses. Changes no buffer; see <see cref="VectorQuantizer.RecordUsage"/>.</summary>
    /// <param name="images">[B, 3, S, S] in [-1, 1]</param>
    public TokenizerLoss Loss(Tensor images)
    {
        using var scope = NewDisposeScope();
        var quantized = Quantizer.Forward(Latents(images));
        var decoded = DecodeLatents(quantized.Values);
        var reconstruction = (decoded - images).square().mean();
        var total = reconstruction + quantized.VqLoss + quantized.CommitLoss + quantized.EntropyLoss;
        return new TokenizerLoss(
            decoded.MoveToOuterDisposeScope(), quantized.Codes.MoveToOuterDisposeScope(), reconstruction.MoveToOuterDisposeScope(),
            quantized.VqLoss.MoveToOuterDisposeScope(), quantized.CommitLoss.MoveToOuterDisposeScope(),
            quantized.EntropyLoss.MoveToOuterDisposeScope(), total.MoveToOuterDisposeScope());
    }

    private Tensor DecodeLatents(Tensor values) => _decoder.Forward(_postQuantConv.Forward(values));
}
