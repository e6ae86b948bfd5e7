using PgmCluster.Cli.Study.Jobs;
using PgmCluster.Cli.Study.Parts;

namespace PgmCluster.Cli.Study.Published;

/// <summary>A report's outcomes in the order in which <see cref="StudyReport.OfAsync"/> asks for them.</summary>
internal static class PublishedOutcomes
{
    public static IEnumerable<PublishedOutcome> Of(StudyReport report) =>
    [
        .. Of(report.Foundation), .. report.Search.SelectMany(Of), .. report.Report.SelectMany(Of),
        .. Speeds(report), .. report.Ablations.SelectMany(Of),
        // The longer codes' tokenizer is asked for, and is in no report.
        new(null, null), new(null, report.LengthTokens), .. report.Length.SelectMany(Of),
        .. report.LengthSpeeds.Chunk(report.Search.Count).Select(Of),
    ];

    /// <summary>For each number of steps all models at each batch, and then each at its own setting.</summary>
    private static IEnumerable<PublishedOutcome> Speeds(StudyReport report)
    {
        var chosen = report.ChosenSpeeds.Chunk(report.Search.Count).ToList();
        if (chosen.Count == 0) return [];
        var batches = report.Speeds.Chunk(report.Search.Count).ToList();
        return chosen.Zip(batches.Chunk(batches.Count / chosen.Count))
            .SelectMany(steps => steps.Second.Select(Of).Concat(steps.First.Select(s => Of([s]))));
    }

    private static PublishedOutcome Of(IReadOnlyList<MeasuredSpeed> speeds) => new(
        null, speeds.Any(s => s.Speed is null) ? null : new StudySpeeds([.. speeds.Select(s => s.Speed!)]));

    private static IEnumerable<PublishedOutcome> Of(StudyFoundation f) =>
    [
        new(null, f.Dataset), new(null, f.Judge), new(null, f.Tokenizer), new(null, f.Tokens), new(null, f.Validation),
        new(null, f.Training),
    ];

    private static IEnumerable<PublishedOutcome> Of(ModelSearch search) =>
    [
        .. search.Rates.SelectMany(r => Of(r.Points).Prepend(new(r.Run, r.Trained))), .. Of(search.Scales),
        .. search.OtherSteps.SelectMany(s => Of(s.Points)),
    ];

    private static IEnumerable<PublishedOutcome> Of(ModelReport model) =>
    [
        .. model.Runs.SelectMany(r => new PublishedOutcome[] { new(r.Run, r.Trained, r.Seconds, r.CpuSeconds), new(null, r.Bits) }),
        .. model.Rows.SelectMany(row => row.Seeds).Select(s => new PublishedOutcome(s.Job, s.Scores)),
    ];

    private static IEnumerable<PublishedOutcome> Of(AblationReport ablation) => ablation.Run is null
        ? []
        : [new(ablation.Run, ablation.Trained), .. Chosen(ablation.Tried, ablation.Setting, ablation.Scores), new(null, ablation.Bits)];

    private static IEnumerable<PublishedOutcome> Of(LengthReport length) => length.Run is null
        ? []
        :
        [
            new(length.Run, length.Trained, length.Seconds, length.CpuSeconds), .. Chosen(length.Tried, length.Setting, length.Scores),
            new(null, length.Bits),
        ];

    private static IEnumerable<PublishedOutcome> Chosen(
        IReadOnlyList<ScoredSetting> tried, Plans.StudySetting? setting, StudyScores? scores) =>
        setting is null ? Of(tried) : [.. Of(tried), new(null, scores)];

    private static IEnumerable<PublishedOutcome> Of(IReadOnlyList<ScoredSetting> settings) =>
        settings.Select(s => new PublishedOutcome(s.Job, s.Scores));
}
