using System.Globalization;
using PgmCluster.Cli.Errors;
using PgmCluster.Cli.Sessions;
using PgmCluster.Contracts.Datasets;
using PgmCluster.Contracts.Tokenization;
using PgmCluster.Contracts.Training;

namespace PgmCluster.Cli.Jobs;

/// <summary>Classes as people write them.</summary>
internal static class ClassNames
{
    /// <summary>
    /// Indices from a list of names and indices and from single names; the names are those that the dataset behind the model's tokens
    /// had when these were made. A word that is a name is that class, whatever else is in the list; only then is it an index.
    /// </summary>
    /// <param name="session">Knows the model.</param>
    /// <param name="model">Its training run.</param>
    /// <param name="list">Words between commas; null for none.</param>
    /// <param name="single">Words as they stand, so that a name may hold commas.</param>
    /// <exception cref="UsageException">An unknown name; the message gives the nearest one.</exception>
    public static async Task<IReadOnlyList<int>> ResolveAsync(
        IClusterSession session, string model, string? list, IReadOnlyList<string> single)
    {
        var words = list?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? [];
        if (list is not null && words.Length == 0)
            throw new UsageException($"--classes '{list}' names no class. Write it like --classes 0,1.");
        if (words.Length + single.Count == 0) return [];

        var run = await JobGrains.FindModelAsync(session, model);
        var request = (await run.GetDetails()).Request;
        var dataset = request.Tokens is { } tokens
            ? await session.Get<ITokenizationJobGrain>(tokens).GetDataset()
            : await session.Get<IDatasetGrain>(request.Dataset!).Get();
        return [.. words.Concat(single).Select(word => Index(word, dataset.ClassNames, dataset.Name))];
    }

    internal static int Index(string word, IReadOnlyList<string> names, string dataset)
    {
        // "Cat" and "cat" may both be there.
        foreach (var comparison in new[] { StringComparison.Ordinal, StringComparison.OrdinalIgnoreCase })
        {
            for (var i = 0; i < names.Count; i++)
            {
                if (string.Equals(names[i], word, comparison)) return i;
            }
        }
        if (int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out var index)) return index;
        throw new UsageException(
            $"Dataset '{dataset}' has no class '{word}'{NearestName.Hint(word, names, $". Its classes: {string.Join(", ", names)}.")}");
    }
}
