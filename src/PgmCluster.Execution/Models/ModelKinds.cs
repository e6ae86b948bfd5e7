using PgmCluster.Data;

namespace PgmCluster.Execution.Models;

/// <summary>The kinds of model that can be trained.</summary>
public static class ModelKinds
{
    internal static IReadOnlyList<IModelKind> All { get; } = [new TokenizerKind(), new ClassifierKind(), new PartitionKind(),
        new MaskGitKind()];

    /// <exception cref="BadInputException">No such kind.</exception>
    public static IModelKind Get(string name) => All.FirstOrDefault(k => k.Name == name)
        ?? throw new BadInputException(
            $"Choosing a kind of model: there is no '{name}'. There are {string.Join(", ", All.Select(k => k.Name))}.");
}
