using System.Globalization;

namespace PgmCluster.Grains.Evaluation;

/// <summary>What is wrong with scores, in a sentence.</summary>
internal static class ScoreRemarks
{
    /// <param name="features">Width of the features; null in results of before it was recorded.</param>
    /// <param name="counts">How many images there are of each sort that a distance was computed with; null where none was.</param>
    /// <returns>Null where each covariance can have full rank: n images span n - 1 dimensions.</returns>
    public static string? Of(int? features, IEnumerable<(string Sort, int? Images)> counts)
    {
        var few = counts.Where(c => c.Images <= features).Select(c => string.Create(CultureInfo.InvariantCulture, $"{c.Images} {c.Sort}"));
        var listed = string.Join(", ", few);
        return listed.Length == 0 ? null : string.Create(
            CultureInfo.InvariantCulture,
            $"{listed} images for {features} features: rank-deficient, Frechet distances are not comparable");
    }
}
