using PgmCluster.Contracts.Datasets;

namespace PgmCluster.Grains.Datasets;

/// <summary>Classes that a model of a dataset can know.</summary>
internal static class DatasetClasses
{
    /// <summary>Whether the training split shows the class; true where that was not recorded.</summary>
    public static bool IsTrained(this DatasetInfo dataset, int label) =>
        dataset.TrainingImagesByClass is not { } counts || counts[label] > 0;

    /// <summary>The classes with images to train on.</summary>
    public static IEnumerable<int> TrainedClasses(this DatasetInfo dataset) =>
        Enumerable.Range(0, dataset.ClassNames.Count).Where(dataset.IsTrained);
}
