using System.Globalization;
using PgmCluster.Contracts.Datasets;
using PgmCluster.Contracts.Errors;
using PgmCluster.Data.Formats;
using PgmCluster.Execution.Documents;
using PgmCluster.Grains.Jobs;

namespace PgmCluster.Grains.Datasets;

/// <summary>Splits of a dataset as ranges for work items.</summary>
internal static class DatasetRanges
{
    /// <exception cref="InvalidRequestException">The dataset has no such split.</exception>
    public static DatasetSplitInfo Split(this DatasetInfo dataset, string name) =>
        dataset.Splits.FirstOrDefault(s => s.Name == name) ?? throw new InvalidRequestException(
            $"Dataset '{dataset.Name}' has no split '{name}'. "
            + $"It has: {string.Join(", ", dataset.Splits.Select(s => $"{s.Name} {s.Count}"))}."
            + (name is SplitNames.Train or SplitNames.Validation
                ? " Add it under another name with --validation N: N pictures are drawn for validation, and the others to train on."
                : ""));

    /// <summary>Such as "50000 train + 10000 validation".</summary>
    public static string InWords(this IEnumerable<DatasetSplitInfo> splits) =>
        string.Join(" + ", splits.Select(s => string.Create(CultureInfo.InvariantCulture, $"{s.Count} {s.Name}")));

    /// <summary>Images in the validation split; 0 where there is none.</summary>
    public static int HeldOut(this DatasetInfo dataset) => dataset.Splits.FirstOrDefault(s => s.Name == SplitNames.Validation)?.Count ?? 0;

    public static ImageRange Range(this DatasetInfo dataset, string split) => dataset.Range(split, 0, dataset.Split(split).Count);

    /// <summary>Images of a split, counted from its beginning in the order of the dataset.</summary>
    public static ImageRange Range(this DatasetInfo dataset, string split, int first, int count) =>
        new(dataset.Location, dataset.ContentSha256, dataset.Split(split).Start + first, count)
        {
            Manifest = dataset.Manifest?.ToInfo(),
            Index = dataset.Index?.ToInfo(),
        };

    /// <summary>
    /// Some images for all of a split: whatever their number, each class has about the share that it has in the split. A drawn order has
    /// that by itself; the order of the shards is permuted.
    /// </summary>
    /// <param name="dataset">Whose.</param>
    /// <param name="split">Which split.</param>
    /// <param name="first">Counted among all that are taken.</param>
    /// <param name="count">How many.</param>
    /// <param name="drawn">False as before there were draws: the split's first images.</param>
    public static ImageRange Sample(this DatasetInfo dataset, string split, int first, int count, bool drawn)
    {
        if (!drawn || dataset.Index is not null) return dataset.Range(split, first, count);
        var all = dataset.Split(split);
        return dataset.Range(split, 0, count) with { Start = first, Shuffled = new ImageRun(all.Start, all.Count) };
    }
}
