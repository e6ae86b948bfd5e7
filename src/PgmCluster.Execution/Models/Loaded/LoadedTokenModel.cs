using PgmCluster.Execution.Specifications;
using PgmCluster.Modeling.Blocks;
using PgmCluster.Modeling.Sampling;

namespace PgmCluster.Execution.Models.Loaded;

/// <summary>A trained generative model of either kind, ready for samplers.</summary>
public sealed record LoadedTokenModel(NamedModule Module, ITokenModel Model, TrainingSpecification Specification) : IDisposable
{
    public void Dispose() => Module.Dispose();
}
