using PgmCluster.Contracts.Datasets;
using PgmCluster.Data.Names;

namespace PgmCluster.Cli.Jobs;

/// <summary>What to know about a dataset before anything is trained on it.</summary>
internal static class DatasetNotes
{
    /// <summary>Below this a class is learned by heart rather than learned.</summary>
    private const int Few = 10;

    private const int NamesShown = 5;

    /// <summary>
    /// One line about files and images that were left out and classes that are small or missing on one side of the split; null where there
    /// is nothing to say.
    /// </summary>
    public static string? Of(DatasetInfo info)
    {
        string?[] parts =
        [
            info.LeftOut is { } leftOut ? $"{leftOut}." : null,
            info.Unreadable is { Count: > 0 } unreadable
                ? $"{unreadable.Count} {(unreadable.Count == 1 ? "image" : "images")} left out that cannot be read: "
                    + $"{FewOf.List(unreadable, NamesShown)}."
                : null,
            .. (info.Remarks ?? []).Select(r => $"{char.ToUpperInvariant(r[0])}{r[1..]}."),
            Classes(info),
        ];
        var said = string.Join(' ', parts.OfType<string>());
        return said.Length == 0 ? null : said;
    }

    private static string? Classes(DatasetInfo info)
    {
        if (info.TrainingImagesByClass is not { } training || info.ValidationImagesByClass is not { } validation) return null;
        var classes = Enumerable.Range(0, info.ClassNames.Count).ToList();
        var absent = classes.Where(c => training[c] + validation[c] == 0).ToList();
        var untrained = classes.Where(c => training[c] == 0 && validation[c] > 0).ToList();
        var few = classes.Where(c => training[c] is > 0 and < Few).ToList();
        var unvalidated = validation.Sum() == 0 ? [] : classes.Where(c => training[c] > 0 && validation[c] == 0).ToList();
        string[] parts =
        [
            .. Part(absent, "without any image", _ => ""),
            .. Part(untrained, "without an image to train on", _ => ""),
            .. Part(few, $"with fewer than {Few} images to train on", c => $" ({training[c]})"),
            .. Part(unvalidated, "without a validation image", _ => ""),
        ];
        return parts.Length == 0 ? null : $"Classes {string.Join("; ", parts)}.";

        IEnumerable<string> Part(List<int> found, string what, Func<int, string> detail)
        {
            if (found.Count == 0) yield break;
            yield return $"{what}: {FewOf.List([.. found.Select(c => $"'{info.ClassNames[c]}'{detail(c)}")], NamesShown)}";
        }
    }
}
