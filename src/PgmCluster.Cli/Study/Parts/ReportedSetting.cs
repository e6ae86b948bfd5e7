using PgmCluster.Cli.Study.Plans;

namespace PgmCluster.Cli.Study.Parts;

/// <summary>A setting's scores over the training seeds.</summary>
/// <param name="Choice">Why this setting.</param>
/// <param name="Setting">How was sampled.</param>
/// <param name="Seeds">Each training.</param>
internal sealed record ReportedSetting(string Choice, StudySetting Setting, IReadOnlyList<ReportedSeed> Seeds)
{
    /// <summary>Mean over the seeds; null unless all have been run.</summary>
    public double? Mean(Func<Jobs.StudyScores, double?> score)
    {
        var values = Seeds.Select(s => s.Scores is { } scores ? score(scores) : null).ToList();
        return values.Count == 0 || values.Any(v => v is null) ? null : values.Average();
    }
}
