using PgmCluster.Contracts.Datasets;

namespace PgmCluster.Dashboard.Datasets;

/// <summary>How many pictures a class has.</summary>
/// <param name="Name">Of the class.</param>
/// <param name="Training">In the split "train".</param>
/// <param name="Validation">In the split "validation".</param>
/// <param name="Width">Of its bar, 0 to 100: its training pictures, of those of the largest class.</param>
internal sealed record ClassShare(string Name, int Training, int Validation, double Width)
{
    /// <summary>All classes in their order; empty where it was not recorded.</summary>
    public static IReadOnlyList<ClassShare> Of(DatasetInfo dataset)
    {
        if (dataset.TrainingImagesByClass is not { } training) return [];
        var most = Math.Max(1, training.DefaultIfEmpty().Max());
        return
        [
            .. training.Select((count, i) => new ClassShare(
                i < dataset.ClassNames.Count ? dataset.ClassNames[i] : $"{i}", count,
                dataset.ValidationImagesByClass is { } held && i < held.Count ? held[i] : 0, 100d * count / most)),
        ];
    }
}
