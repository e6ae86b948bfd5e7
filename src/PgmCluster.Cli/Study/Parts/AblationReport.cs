using PgmCluster.Cli.Study.Jobs;
using PgmCluster.Cli.Study.Plans;

namespace PgmCluster.Cli.Study.Parts;

/// <summary>What one change comes to, at the report's first training seed.</summary>
/// <param name="Ablation">What was changed.</param>
/// <param name="Run">The training's id; null where the search was not run.</param>
/// <param name="Trained">Null where it was not run.</param>
/// <param name="Tried">Guidances, by the validation images.</param>
/// <param name="Setting">Chosen among them.</param>
/// <param name="Scores">As the report's.</param>
/// <param name="Bits">In the order, steps and curve that are sampled.</param>
internal sealed record AblationReport(
    StudyAblation Ablation, string? Run, StudyTrained? Trained, IReadOnlyList<ScoredSetting> Tried, StudySetting? Setting,
    StudyScores? Scores, StudyBits? Bits)
{
    public static async Task<AblationReport> OfAsync(
        StudyPlan plan, StudyJobs jobs, IStudyExecutor executor, StudyAblation ablation, ModelSearch search)
    {
        if (search.LearningRate is not { } rate || search.At(ablation.Steps ?? plan.Steps) is not { } usual)
            return new(ablation, null, null, [], null, null, null);
        var seed = plan.ReportSeeds[0];
        var training = jobs.Train(StudyParts.Ablations, plan.Grid, plan.Model(ablation.Model), rate, seed, ablation.Set);
        var trained = await executor.AskAsync(training.Job);
        var begun = usual with { Curve = ablation.Curve ?? usual.Curve };
        var (tried, setting, scores) = await ChosenScores.OfAsync(
            StudyParts.Ablations, plan, jobs, executor, training, begun, plan.ReportSamplingSeed(seed));
        var bits = await executor.AskAsync(jobs.Bits(StudyParts.Ablations, training, plan.Grid, begun.Steps, begun.Curve));
        return new(ablation, training.Job.Id, trained, tried, setting, scores, bits);
    }
}
