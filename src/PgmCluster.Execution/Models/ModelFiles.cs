using PgmCluster.Data;
using PgmCluster.Data.Artifacts;
using PgmCluster.Data.Safetensors;
using PgmCluster.Execution.Models.Loaded;
using PgmCluster.Execution.Specifications;
using PgmCluster.Modeling.BlockCausal;
using PgmCluster.Modeling.Blocks;
using PgmCluster.Modeling.Classifier;
using PgmCluster.Modeling.MaskGit;
using PgmCluster.Modeling.Partition;
using PgmCluster.Modeling.Sampling;
using PgmCluster.Modeling.Tokenizer;
using PgmCluster.Modeling.Weights;
using static TorchSharp.torch;

namespace PgmCluster.Execution.Models;

/// <summary>Loads what training runs wrote; the file itself says how the model is built.</summary>
public static class ModelFiles
{
    /// <summary>Prefix of the averaged weights in a weights file.</summary>
    public const string EmaPrefix = "ema.";

    public static LoadedModel<VqTokenizer> Tokenizer(
        IArtifactStore store, ArtifactInfo file, Device device, CancellationToken cancellation = default) =>
        Load(store, file, ["tokenizer"], useEma: true, cancellation,
            s => new VqTokenizer(SpecificationJson.Read<VqSettings>(s.Model), seed: null, device));

    public static LoadedModel<ImageClassifier> Classifier(
        IArtifactStore store, ArtifactInfo file, Device device, CancellationToken cancellation = default) =>
        Load(store, file, ["classifier"], useEma: true, cancellation,
            s => new ImageClassifier(SpecificationJson.Read<ImageClassifierSettings>(s.Model), seed: null, device));

    /// <summary>A model of a generative kind.</summary>
    public static LoadedTokenModel Generative(
        IArtifactStore store, ArtifactInfo file, bool useEma, Device device, CancellationToken cancellation = default)
    {
        var loaded = Load(store, file, ModelKinds.Generative, useEma, cancellation, s => CreateGenerative(s, device));
        return new LoadedTokenModel(loaded.Model, AsTokenModel(loaded.Model), loaded.Specification);
    }

    /// <summary>An untrained model of a generative kind.</summary>
    /// <exception cref="BadInputException">Another kind.</exception>
    public static NamedModule CreateGenerative(TrainingSpecification specification, Device device) =>
        ModelKinds.Generative.Contains(specification.Kind)
        ? ModelKinds.Get(specification.Kind).CreateModel(specification, device)
        : throw new BadInputException(
            $"Making a generative model: preset '{specification.Preset}' trains a {specification.Kind}. "
            + $"Choose one of kind {string.Join(" or ", ModelKinds.Generative)}.");

    /// <summary>What samplers see of a model made by <see cref="CreateGenerative"/>.</summary>
    public static ITokenModel AsTokenModel(nn.Module model) => model switch
    {
        PartitionTransformer { Settings.BlockCausal: true } blockCausal => new CachedTokenModel(blockCausal),
        PartitionTransformer partition => new PartitionTokenModel(partition),
        MaskGitTransformer maskGit => new MaskGitTokenModel(maskGit),
        _ => throw new ArgumentException($"{model.GetName()} is no generative model.", nameof(model)),
    };

    private static LoadedModel<T> Load<T>(
        IArtifactStore store, ArtifactInfo info, IReadOnlyList<string> kinds, bool useEma, CancellationToken cancellation,
        Func<TrainingSpecification, T> create)
        where T : nn.Module
    {
        using var fetched = store.Fetch(info, cancellation);
        using var file = SafetensorsFile.Open(fetched);
        if (!file.Metadata.TryGetValue("specification", out var json))
            throw new BadInputException(
                $"Loading {info.Name}: the file does not say how its model is built. Use the weights of a training run.");
        var specification = SpecificationJson.Parse(json);
        if (!kinds.Contains(specification.Kind))
            throw new BadInputException(
                $"Loading {info.Name}: it holds a {specification.Kind}, not a {string.Join(" or a ", kinds)}. Name a run of that kind.");
        var model = create(specification);
        var hasEma = file.Entries.Any(e => e.Name.StartsWith(EmaPrefix, StringComparison.Ordinal));
        WeightsFile.Load(StateDict.Of(model), file, useEma && hasEma ? EmaPrefix : "");
        foreach (var parameter in model.parameters()) parameter.requires_grad = false;
        return new LoadedModel<T>(model, specification);
    }
}
