using System.Globalization;
using PgmCluster.Grains.Jobs.Requests;

namespace PgmCluster.Grains.Evaluation;

/// <summary>What is wrong with scores, in a sentence.</summary>
internal static class ScoreRemarks
{
    /// <param name="features">Width of the features; null in results of before it was recorded.</param>
    /// <param name="counts">How many images there are of each sort that a distance was computed with; null where none was.</param>
    /// <param name="note">What else there is to say, a clause; null for nothing.</param>
    /// <returns>Null without a note where each covariance can have full rank: n images span n - 1 dimensions.</returns>
    public static string? Of(int? features, IEnumerable<(string Sort, int? Images)> counts, string? note = null)
    {
        var few = counts.Where(c => c.Images <= features).Select(c => string.Create(CultureInfo.InvariantCulture, $"{c.Images} {c.Sort}"));
        var listed = string.Join(", ", few);
        return JobWords.Joined(
            listed.Length == 0 ? null : $"{listed} images for {features} features: rank-deficient, Frechet distances are not comparable", note);
    }
}
