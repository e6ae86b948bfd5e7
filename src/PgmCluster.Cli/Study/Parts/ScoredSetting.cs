using PgmCluster.Cli.Study.Jobs;
using PgmCluster.Cli.Study.Plans;

namespace PgmCluster.Cli.Study.Parts;

/// <summary>A setting with its scores.</summary>
/// <param name="Setting">How was sampled.</param>
/// <param name="Job">The evaluation's id.</param>
/// <param name="Scores">Null where it was not run.</param>
internal sealed record ScoredSetting(StudySetting Setting, string Job, StudyScores? Scores)
{
    /// <summary>The lowest Frechet distance; null unless all have been run, for a choice among some is another choice.</summary>
    public static ScoredSetting? Best(IReadOnlyList<ScoredSetting> all) =>
        all.Count == 0 || all.Any(s => s.Scores is null) ? null : all.MinBy(s => s.Scores!.Frechet);

    /// <summary>The accuracy closest to that of real pictures, then the lowest Frechet distance; null unless all have been run.</summary>
    public static ScoredSetting? NearestToReal(IReadOnlyList<ScoredSetting> all) =>
        all.Count == 0 || all.Any(s => s.Scores is null)
            ? null
            : all.OrderBy(s => Math.Abs(s.Scores!.ClassAccuracy - s.Scores.RealAccuracy)).ThenBy(s => s.Scores!.Frechet).First();
}
