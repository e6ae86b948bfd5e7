using PgmCluster.Cli.Study.Jobs;
using PgmCluster.Cli.Study.Plans;

namespace PgmCluster.Cli.Study.Parts;

/// <summary>A model on longer sequences.</summary>
/// <param name="Model">Which one.</param>
/// <param name="Run">The training's id; null where the search was not run.</param>
/// <param name="Trained">Null where it was not run.</param>
/// <param name="Seconds">What its training took.</param>
/// <param name="Tried">Guidances, by the validation images.</param>
/// <param name="Setting">Chosen among them.</param>
/// <param name="Scores">As the report's.</param>
/// <param name="Bits">In the order and steps that are sampled.</param>
/// <param name="CpuSeconds">As <see cref="ReportedRun.CpuSeconds"/>.</param>
internal sealed record LengthReport(
    string Model, string? Run, StudyTrained? Trained, double? Seconds, IReadOnlyList<ScoredSetting> Tried, StudySetting? Setting,
    StudyScores? Scores, StudyBits? Bits, double? CpuSeconds = null)
{
    public static async Task<LengthReport> OfAsync(
        StudyPlan plan, StudyJobs jobs, IStudyExecutor executor, StudyRecords? records, ModelSearch search)
    {
        if (Training(plan, jobs, search) is not { } training || search.Best is not { } best)
            return new(search.Model, null, null, null, [], null, null, null);
        var trained = await executor.AskAsync(training.Job);
        var (tried, setting, scores) = await ChosenScores.OfAsync(
            StudyParts.Length, plan, jobs, executor, training, best with { Steps = plan.Length.Steps },
            plan.ReportSamplingSeed(plan.ReportSeeds[0]));
        var bits = await executor.AskAsync(
            jobs.Bits(StudyParts.Length, training, plan.Length.Grid, plan.Length.Steps, StudySetting.UsualCurve));
        var (seconds, cpuSeconds) = records?.Taken(training.Job) ?? default;
        return new(search.Model, training.Job.Id, trained, seconds, tried, setting, scores, bits, cpuSeconds);
    }

    /// <summary>Null where the search was not run.</summary>
    public static StudyTraining? Training(StudyPlan plan, StudyJobs jobs, ModelSearch search) => search.LearningRate is { } rate
        ? jobs.Train(
            StudyParts.Length, plan.Length.Grid, plan.Model(search.Model), rate, plan.ReportSeeds[0], plan.Length.Overrides(search.Model))
        : null;
}
