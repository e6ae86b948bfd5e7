using PgmCluster.Modeling.Blocks;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Metrics.Inception;

/// <summary>
/// The Inception-v3 that FID and the Inception score are defined by: TensorFlow's network of 2015-12-05 with 1008 logits, under the
/// names of torch-fidelity's port. It differs from torchvision's in its average pools, in the maximum pool of the last block and in its
/// input.
/// </summary>
public sealed class InceptionNetwork : NamedModule
{
    /// <summary>Side of the images that the network sees.</summary>
    public const int Side = 299;

    /// <summary>Width of <see cref="InceptionFeature.Pool2048"/>.</summary>
    public const int Features = 2048;

    /// <summary>Width of the logits.</summary>
    public const int Classes = 1008;

    private readonly InceptionConv[] _stem1, _stem2;
    private readonly InceptionBlock[] _body, _tail;
    private readonly LinearLayer _fc;

    public InceptionNetwork(Device? device = null) : base(nameof(InceptionNetwork), device)
    {
        _stem1 =
        [
            Child("Conv2d_1a_3x3", new InceptionConv(new(3, 32, 3, 3, Stride: 2, Padded: false), device)),
            Child("Conv2d_2a_3x3", new InceptionConv(new(32, 32, 3, 3, Padded: false), device)),
            Child("Conv2d_2b_3x3", new InceptionConv(new(32, 64, 3, 3), device)),
        ];
        _stem2 =
        [
            Child("Conv2d_3b_1x1", new InceptionConv(new(64, 80), device)),
            Child("Conv2d_4a_3x3", new InceptionConv(new(80, 192, 3, 3, Padded: false), device)),
        ];
        _body =
        [
            Child("Mixed_5b", InceptionBlock.Wide(192, 32, device)),
            Child("Mixed_5c", InceptionBlock.Wide(256, 64, device)),
            Child("Mixed_5d", InceptionBlock.Wide(288, 64, device)),
            Child("Mixed_6a", InceptionBlock.FirstReduction(288, device)),
            Child("Mixed_6b", InceptionBlock.Factorized(768, 128, device)),
            Child("Mixed_6c", InceptionBlock.Factorized(768, 160, device)),
            Child("Mixed_6d", InceptionBlock.Factorized(768, 160, device)),
            Child("Mixed_6e", InceptionBlock.Factorized(768, 192, device)),
        ];
        _tail =
        [
            Child("Mixed_7a", InceptionBlock.SecondReduction(768, device)),
            Child("Mixed_7b", InceptionBlock.Forked(1280, InceptionPool.Average, device)),
            Child("Mixed_7c", InceptionBlock.Forked(2048, InceptionPool.Maximum, device)),
        ];
        _fc = Child("fc", new LinearLayer(Features, Classes, device: device));
    }

    /// <summary>The outputs asked for, F32 [B, width] each; nothing behind the last of them is computed.</summary>
    /// <param name="pixels">
    /// [B, 3, h, w] with values 0..255, of any type; maps of another side than <see cref="Side"/> are resized as TensorFlow does.
    /// </param>
    /// <param name="wanted">Which outputs.</param>
    public IReadOnlyDictionary<InceptionFeature, Tensor> Forward(Tensor pixels, params IReadOnlyCollection<InceptionFeature> wanted)
    {
        var found = new Dictionary<InceptionFeature, Tensor>();
        using var scope = NewDisposeScope();
        var x = (TensorFlowResize.Bilinear(pixels.to_type(float32), Side, Side) - 128) / 128;

        bool Done(InceptionFeature reached, Func<Tensor> value)
        {
            if (wanted.Contains(reached)) found[reached] = value().MoveToOuterDisposeScope();
            return found.Count == wanted.Distinct().Count();
        }

        x = nn.functional.max_pool2d(Through(_stem1, x), 3, 2);
        if (Done(InceptionFeature.Pool64, () => Pooled(x))) return found;
        x = nn.functional.max_pool2d(Through(_stem2, x), 3, 2);
        if (Done(InceptionFeature.Pool192, () => Pooled(x))) return found;
        foreach (var block in _body) x = Next(x, block.Forward(x));
        if (Done(InceptionFeature.Pool768, () => Pooled(x))) return found;
        foreach (var block in _tail) x = Next(x, block.Forward(x));
        var features = Pooled(x);
        if (Done(InceptionFeature.Pool2048, () => features.alias())) return found;
        var logits = nn.functional.linear(features, _fc.W);
        if (Done(InceptionFeature.LogitsUnbiased, () => logits.alias())) return found;
        Done(InceptionFeature.Logits, () => logits + _fc.B!);
        return found;
    }

    private static Tensor Through(InceptionConv[] convolutions, Tensor x) =>
        convolutions.Aggregate(x, (map, convolution) => Next(map, convolution.Forward(map)));

    /// <summary>Frees a map as soon as the next one is there: those of one image take tens of megabytes.</summary>
    private static Tensor Next(Tensor used, Tensor next)
    {
        used.Dispose();
        return next;
    }

    private static Tensor Pooled(Tensor map) => map.mean([2L, 3L]);
}
