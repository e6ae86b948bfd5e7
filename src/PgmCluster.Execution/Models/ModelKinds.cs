using PgmCluster.Data;

namespace PgmCluster.Execution.Models;

/// <summary>The kinds of model that can be trained.</summary>
public static class ModelKinds
{
    internal static IReadOnlyList<IModelKind> All { get; } = [new TokenizerKind(), new ClassifierKind(), new PartitionKind(),
        new BlockCausalKind(), new MaskGitKind()];

    /// <summary>Those that draw pictures of classes: all that train on tokens.</summary>
    public static IReadOnlyList<string> Generative { get; } = [.. All.Where(k => k.NeedsTokens).Select(k => k.Name)];

    /// <exception cref="BadInputException">No such kind.</exception>
    public static IModelKind Get(string name) => All.FirstOrDefault(k => k.Name == name)
        ?? throw new BadInputException(
            $"Choosing a kind of model: there is no '{name}'. There are {string.Join(", ", All.Select(k => k.Name))}.");
}
