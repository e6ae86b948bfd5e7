using PgmCluster.Modeling.Blocks;
using PgmCluster.Modeling.Weights;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Classifier;

/// <summary>
/// A small convolutional classifier: [conv 3x3, ReLU, pool 2] per width, then a linear to the features, ReLU, a linear to the classes.
/// </summary>
public sealed class ImageClassifier : NamedModule
{
    private readonly NamedList<ConvLayer> _convolutions;
    private readonly LinearLayer _features, _classes;

    /// <param name="settings">The model's shape.</param>
    /// <param name="seed">Seed of the initial weights, which are a pure function of it; null leaves them zero, to be loaded.</param>
    /// <param name="device">Where it computes, and where its inputs must be; null for the CPU.</param>
    /// <exception cref="ArgumentException">The settings have problems.</exception>
    public ImageClassifier(ImageClassifierSettings settings, long? seed = 0, Device? device = null) : base(nameof(ImageClassifier), device)
    {
        Settings = ModelSettings.Checked(nameof(ImageClassifier), settings, settings.Problems());
        _convolutions = Child("convolutions", new NamedList<ConvLayer>(
            settings.Widths.Select((width, i) => new ConvLayer(i == 0 ? 3 : settings.Widths[i - 1], width, 3, padding: 1, device: device)),
            device: device));
        var side = settings.ImageSize >> settings.Widths.Count;
        _features = Child("features", new LinearLayer(settings.Widths[^1] * side * side, settings.Features, device: device));
        _classes = Child("classes", new LinearLayer(settings.Features, settings.Classes, device: device));
        if (seed is { } value) WeightInitialization.Apply(StateDict.Of(this), value, InitialWeightOf);
    }

    public ImageClassifierSettings Settings { get; }

    private static InitialWeight? InitialWeightOf(string name, Tensor tensor) => name switch
    {
        "classes.weight" => InitialWeight.FanIn,
        _ when tensor.shape.Length > 1 => InitialWeight.FanInRelu,
        _ => InitialWeight.Zero,
    };

    /// <param name="images">[B, 3, S, S] in [-1, 1]</param>
    /// <returns>[B, features], not negative</returns>
    public Tensor Features(Tensor images)
    {
        using var scope = NewDisposeScope();
        var x = images;
        foreach (var convolution in _convolutions)
        {
            x = nn.functional.relu(convolution.Forward(x));
            x = Settings.Pooling == "average" ? nn.functional.avg_pool2d(x, 2, 2) : nn.functional.max_pool2d(x, 2, 2);
        }
        return nn.functional.relu(_features.Forward(x.flatten(1))).MoveToOuterDisposeScope();
    }

    /// <summary>Class logits for features, [B, classes].</summary>
    public Tensor Logits(Tensor features) => _classes.Forward(features);

    /// <summary>Mean cross-entropy.</summary>
    /// <param name="images">[B, 3, S, S] in [-1, 1]</param>
    /// <param name="labels">I64 [B]</param>
    /// <param name="dropout">Null in evaluation.</param>
    public Tensor Loss(Tensor images, Tensor labels, Dropout? dropout)
    {
        IdRange.Check(labels, "label", Settings.Classes);
        using var scope = NewDisposeScope();
        var features = Features(images);
        if (dropout is not null) features = dropout.Apply(features);
        return nn.functional.cross_entropy(Logits(features), labels).MoveToOuterDisposeScope();
    }
}
