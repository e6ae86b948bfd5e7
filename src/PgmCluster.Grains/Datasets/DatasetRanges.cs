using PgmCluster.Contracts.Datasets;
using PgmCluster.Contracts.Errors;
using PgmCluster.Execution.Documents;

namespace PgmCluster.Grains.Datasets;

/// <summary>Splits of a dataset as ranges for work items.</summary>
internal static class DatasetRanges
{
    /// <exception cref="InvalidRequestException">The dataset has no such split.</exception>
    public static DatasetSplitInfo Split(this DatasetInfo dataset, string name) =>
        dataset.Splits.FirstOrDefault(s => s.Name == name) ?? throw new InvalidRequestException(
            $"Dataset '{dataset.Name}' has no split '{name}'. It has: {string.Join(", ", dataset.Splits.Select(s => s.Name))}."
            + (name == "validation" ? " Register it under another name with validation images." : ""));

    public static ImageRange Range(this DatasetInfo dataset, string split) => dataset.Range(split, 0, dataset.Split(split).Count);

    /// <summary>Images of a split, counted from its beginning.</summary>
    public static ImageRange Range(this DatasetInfo dataset, string split, int first, int count) =>
        new(dataset.Location, dataset.ContentSha256, dataset.Split(split).Start + first, count);
}
