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
    /// <summary>Indices from a list of indices and names; the names are those of the dataset behind the model's tokens.</summary>
    /// <exception cref="UsageException">An unknown name; the message gives the nearest one.</exception>
    public static async Task<IReadOnlyList<int>> ResolveAsync(IClusterSession session, string model, string? list)
    {
        if (list is null) return [];
        var words = list.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (words.Length == 0) throw new UsageException($"--classes '{list}' names no class. Write it like --classes 0,1.");
        if (words.All(w => int.TryParse(w, NumberStyles.None, CultureInfo.InvariantCulture, out _)))
            return [.. words.Select(w => int.Parse(w, CultureInfo.InvariantCulture))];

        var run = await JobGrains.FindTrainingAsync(session, model, "sample from");
        var request = (await run.GetDetails()).Request;
        var dataset = request.Dataset ?? (await session.Get<ITokenizationJobGrain>(request.Tokens!).GetResult()).Dataset;
        var names = (await session.Get<IDatasetGrain>(dataset).Get()).ClassNames;
        return [.. words.Select(word => Index(word, names, dataset))];
    }

    internal static int Index(string word, IReadOnlyList<string> names, string dataset)
    {
        for (var i = 0; i < names.Count; i++)
        {
            if (string.Equals(names[i], word, StringComparison.OrdinalIgnoreCase)) return i;
        }
        if (int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out var index)) return index;
        throw new UsageException($"Dataset '{dataset}' has no class '{word}'{NearestName.Hint(word, names, $". Its classes: {string.Join(", ", names)}.")}");
    }
}
