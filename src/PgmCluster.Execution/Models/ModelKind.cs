using System.Text.Json.Nodes;
using PgmCluster.Execution.Documents;
using PgmCluster.Execution.Footprints;
using PgmCluster.Execution.Specifications;
using PgmCluster.Execution.Work;
using PgmCluster.Modeling.Blocks;
using static TorchSharp.torch;

namespace PgmCluster.Execution.Models;

/// <summary>A kind whose model is built from settings of its own.</summary>
/// <typeparam name="TSettings">What "model" of a specification holds.</typeparam>
/// <typeparam name="TModel">The model.</typeparam>
/// <param name="name">See <see cref="Name"/>.</param>
/// <param name="needsTokens">See <see cref="NeedsTokens"/>.</param>
internal abstract class ModelKind<TSettings, TModel>(string name, bool needsTokens) : IModelKind where TModel : NamedModule
{
    public string Name => name;

    public bool NeedsTokens => needsTokens;

    public Type SettingsType => typeof(TSettings);

    public abstract JsonObject DefaultModel(DataFacts facts);

    public virtual void AddGroups(JsonObject specification) { }

    public virtual void Complete(JsonObject specification) { }

    public IEnumerable<string> Problems(TrainingSpecification specification) => Problems(Settings(specification), specification);

    public ModelFootprint Footprint(TrainingSpecification specification) => Footprint(Settings(specification), specification);

    public NamedModule CreateModel(TrainingSpecification specification, Device device) =>
        Create(Settings(specification), seed: null, device);

    public abstract TrainingTask CreateTask(TrainingSpecification specification, TrainWork work, WorkContext context);

    /// <inheritdoc cref="IModelKind.Problems"/>
    protected abstract IEnumerable<string> Problems(TSettings model, TrainingSpecification specification);

    /// <inheritdoc cref="IModelKind.Footprint"/>
    protected abstract ModelFootprint Footprint(TSettings model, TrainingSpecification specification);

    /// <param name="model">The model's shape.</param>
    /// <param name="seed">Of the initial weights; null for weights that are loaded.</param>
    /// <param name="device">Where it computes.</param>
    protected abstract TModel Create(TSettings model, long? seed, Device device);

    /// <summary>The model as a run begins with it.</summary>
    protected TModel CreateInitial(TrainingSpecification specification, Device device)
    {
        var model = Create(Settings(specification), specification.Seed, device);
        model.ComputeType = specification.Numerics.ComputeType;
        model.RoundsProducts = specification.Numerics.RoundsProducts;
        return model;
    }

    private static TSettings Settings(TrainingSpecification specification) => SpecificationJson.Read<TSettings>(specification.Model);
}
