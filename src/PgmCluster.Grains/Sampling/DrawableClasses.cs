using PgmCluster.Contracts.Errors;
using PgmCluster.Contracts.Sampling;
using PgmCluster.Grains.Datasets;
using PgmCluster.Grains.Jobs;
using PgmCluster.Grains.Jobs.Requests;

namespace PgmCluster.Grains.Sampling;

/// <summary>Which classes a model can draw.</summary>
internal static class DrawableClasses
{
    /// <summary>Whether the model can draw them.</summary>
    /// <param name="lineage">Of the model.</param>
    /// <param name="classes">By index.</param>
    /// <param name="model">Its run.</param>
    /// <param name="attempt">As in "Starting sampling job 'x'".</param>
    /// <exception cref="InvalidRequestException">Its dataset has no such class, or it was trained on fewer.</exception>
    public static void Require(Lineage lineage, IReadOnlyCollection<int> classes, string model, string attempt)
    {
        var count = lineage.Dataset.ClassNames.Count;
        foreach (var wrong in classes.Where(c => c < 0 || c >= count))
            throw new InvalidRequestException(
                $"{attempt}: dataset '{lineage.Dataset.Name}' has no class {wrong}. Its classes are 0 to {count - 1}.");
        lineage.RequireClasses(classes, model);
    }

    /// <summary>What to know about the images, in one line; null where there is nothing to say.</summary>
    /// <param name="lineage">Of the model.</param>
    /// <param name="classes">By index.</param>
    /// <param name="settings">Complete.</param>
    public static string? Note(Lineage lineage, IEnumerable<int> classes, SamplingSettings settings)
    {
        string[] untrained =
            [.. classes.Where(c => !lineage.Dataset.IsTrained(c)).Distinct().Select(c => $"'{lineage.Dataset.ClassNames[c]}'")];
        return JobWords.Joined(
            untrained.Length == 0 ? null : $"never trained, so that what is drawn means nothing: {string.Join(", ", untrained)}",
            lineage.FarFromTrained(settings));
    }
}
