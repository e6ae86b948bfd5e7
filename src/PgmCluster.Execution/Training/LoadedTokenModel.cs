using PgmCluster.Execution.Specifications;
using PgmCluster.Modeling.Sampling;
using static TorchSharp.torch;

namespace PgmCluster.Execution.Training;

/// <summary>A trained generative model of either kind, ready for samplers.</summary>
public sealed record LoadedTokenModel(nn.Module Module, ITokenModel Model, TrainingSpecification Specification) : IDisposable
{
    public void Dispose() => Module.Dispose();
}
