using PgmCluster.Execution.Specifications;

namespace PgmCluster.Execution.Runs;

/// <summary>What an import made.</summary>
/// <param name="Specification">How the model is built; written into the file.</param>
/// <param name="Parameters">Elements of all parameters, tied ones counted once.</param>
/// <param name="Tensors">Tensors of the state dict.</param>
/// <param name="Converted">Of these, how many had another type in the checkpoint.</param>
/// <param name="Iter">Steps that the checkpoint says were done; null where it does not say.</param>
public sealed record ImportedWeights(ResolvedSpecification Specification, long Parameters, int Tensors, int Converted, long? Iter)
{
    /// <summary>Whether averaged weights were found and written as well.</summary>
    public bool HasAverage { get; init; }

    /// <summary>What of the checkpoint was taken and what was not, where that is not plain.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];
}
