namespace PgmCluster.Data.Sources;

/// <summary>Ways to split a source.</summary>
public static class DatasetSplits
{
    /// <summary>The split to train on.</summary>
    public const string Train = "train";

    /// <summary>The split that is held out.</summary>
    public const string Validation = "validation";

    /// <summary>Holds out the last pictures.</summary>
    /// <param name="count">Pictures of the source.</param>
    /// <param name="validation">Pictures to hold out; 0 makes an empty validation split.</param>
    /// <returns>The training split, then the validation split.</returns>
    /// <exception cref="BadInputException">Fewer than none are to be held out, or nothing is left to train on.</exception>
    public static IReadOnlyList<DatasetSplit> ByIndex(int count, int validation)
    {
        if (validation < 0 || validation >= count)
        {
            throw new BadInputException(
                $"Splitting {count} images: {validation} for validation leave none to train on or are negative. Choose 0 to {Math.Max(0, count - 1)}.");
        }
        return [new DatasetSplit(Train, 0, count - validation), new DatasetSplit(Validation, count - validation, validation)];
    }
}
