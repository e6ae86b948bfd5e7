using System.Globalization;
using System.Numerics;
using PgmCluster.Data;
using PgmCluster.Data.Downloads;
using PgmCluster.Execution.Devices;
using PgmCluster.Execution.Models;
using PgmCluster.Execution.Specifications;
using PgmCluster.Modeling.Sampling;

namespace PgmCluster.Execution.Estimates;

/// <summary>
/// From nothing to FID: ImageNet-1k at 256 pixels in VQ-8 codes, a published model, 50,000 generated images. Sizes and operations are
/// counted from the presets, times follow from rates.
/// </summary>
public sealed class ImageNetEstimate
{
    /// <summary>Images of the two splits.</summary>
    public const int TrainingImages = 1_281_167, ValidationImages = 50_000;

    private const int ShardSize = 2000, Codes = 32 * 32, Classes = 1000, FeatureWidth = 2048;

    // Of the two original archives: the Hub's shards hold the same JPEGs.
    private const double SourceBytes = 147_897_477_120 + 6_744_924_160;

    private const double Mega = 1e6, Tera = 1e12;

    private readonly TrainingSpecification _tokenizer, _model;
    private readonly SortedDictionary<string, string> _set = new(StringComparer.Ordinal);
    private readonly string _workers;

    /// <param name="preset">Of a generative model, such as "pgm-12-12".</param>
    /// <param name="steps">How long it is trained.</param>
    /// <param name="rates">How fast everything goes.</param>
    /// <param name="sampler">How the 50,000 images are drawn.</param>
    /// <param name="mostDevices">The most that share the training: a micro-batch each at least.</param>
    /// <exception cref="BadInputException">It is no preset of a model that is trained on tokens.</exception>
    public ImageNetEstimate(string preset, long steps, EstimateRates rates, SamplerSettings sampler, int mostDevices)
    {
        _tokenizer = Specification("vq-8", _set);
        _model = Specification(preset, _set);
        _set["training.steps"] = steps.ToString(CultureInfo.InvariantCulture);
        if (mostDevices > _model.Training.MicroBatches)
            _set["training.microBatches"] = BitOperations.RoundUpToPowerOf2((uint)mostDevices).ToString(CultureInfo.InvariantCulture);
        _workers = mostDevices > 1 ? $" --workers 1..{mostDevices}" : "";
        _model = Specification(preset, _set);
        if (!ModelKinds.Get(_model.Kind).NeedsTokens)
            throw new BadInputException(
                $"Estimating preset '{preset}': it is a {_model.Kind}, which trains on images. "
                + "Name one that is trained on tokens, such as pgm-12-12.");
        Stages = [.. Of(rates, sampler)];
    }

    /// <summary>Command by command.</summary>
    public IReadOnlyList<EstimateStage> Stages { get; }

    /// <summary>Elements of the model's parameters.</summary>
    public long Parameters => Footprint(_model).Parameters;

    /// <summary>Images of a step.</summary>
    public int BatchSize => _model.Training.BatchSize;

    /// <summary>Steps of the training.</summary>
    public long Steps => _model.Training.Steps;

    private IEnumerable<EstimateStage> Of(EstimateRates rates, SamplerSettings sampler)
    {
        var (weights, tokenizer) = (4.0 * Parameters, 4.0 * Footprint(_tokenizer).Parameters);
        var pulled = SourceBytes + tokenizer + InceptionWeightsFile.Published.Length;
        yield return new("pgm pull imagenet-256-vq8", pulled, [new(pulled / Mega, rates["pull"], EstimateSharing.Once)]);
        // 32 bytes of hash an image, beside its name and place.
        yield return new("pgm dataset add imagenet timm/imagenet-1k-wds", (TrainingImages + ValidationImages) * 100.0,
            [new(SourceBytes / Mega, rates["index"], EstimateSharing.Divided)]);
        yield return new(
            "pgm train vq8 --preset vq-8 --dataset imagenet --from FoundationVision/LlamaGen/vq_ds8_c2i.pt --as-is", tokenizer, []);
        yield return new("pgm tokenize tokens --dataset imagenet --tokenizer vq8", TokenBytes,
            [new(TrainingImages, rates["tokenize"], EstimateSharing.Divided)]);
        var t = _model.Training;
        var forward = Footprint(_model).Operations * t.MicroBatches;
        // Forward once, backward twice. Sums go to whom a part of the gradient belongs to, and back.
        yield return new(
            $"pgm train model --preset {_model.Preset} --tokens "
            + $"tokens{string.Concat(_set.Select(p => $" --set {p.Key}={p.Value}"))}{_workers}",
            3 * 3 * weights,
            [new(3 * forward * t.Steps / Tera, rates["train"], EstimateSharing.Divided),
                new(2 * weights * t.Steps / Mega, rates["exchange"], EstimateSharing.BetweenDevices)]);
        const double Features = ValidationImages * 4.0 * FeatureWidth;
        yield return new("pgm dataset statistics imagenet --features inception --size 256 --split validation", Features,
            [new(ValidationImages, rates["features"], EstimateSharing.Divided)]);
        // Held-out images are looked at as they are and reconstructed, the generated ones beside them; decoding takes about what encoding
        // does.
        yield return new(
            $"pgm evaluate fid --model model --preset {_model.Preset}-halton --statistics imagenet-validation-inception-256", 3 * Features,
            [new(ValidationImages * SamplingOperations(sampler) / Tera, rates["sample"], EstimateSharing.Divided),
                new(3.0 * ValidationImages, rates["tokenize"], EstimateSharing.Divided),
                new(3.0 * ValidationImages, rates["features"], EstimateSharing.Divided)]);
    }

    /// <summary>Codes of 2 bytes and a label of 4 for each image, and a header a shard.</summary>
    private static double TokenBytes =>
        (TrainingImages * (2.0 * Codes + 4)) + (Math.Ceiling((double)TrainingImages / ShardSize) * 400);

    private double SamplingOperations(SamplerSettings sampler)
    {
        using var model = ModelFiles.CreateGenerative(_model, ComputeDevice.Meta.Torch);
        return new TokenSampler(ModelFiles.AsTokenModel(model), sampler, 32, 32).Operations();
    }

    private static Footprints.ModelFootprint Footprint(TrainingSpecification specification) =>
        ModelKinds.Get(specification.Kind).Footprint(specification);

    private static TrainingSpecification Specification(string preset, IReadOnlyDictionary<string, string> set)
    {
        var facts = new DataFacts { Classes = Classes, Codebook = 16_384, Height = 32, Width = 32, ImageSize = 256 };
        return SpecificationJson.Parse(new SpecificationResolver().Resolve(preset, set, 0, facts).Json);
    }
}
