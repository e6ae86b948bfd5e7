using PgmCluster.Execution.Specifications;
using static TorchSharp.torch;

namespace PgmCluster.Execution.Models.Loaded;

/// <summary>A trained model and what it was trained with.</summary>
public sealed record LoadedModel<T>(T Model, TrainingSpecification Specification) : IDisposable where T : nn.Module
{
    public void Dispose() => Model.Dispose();
}
