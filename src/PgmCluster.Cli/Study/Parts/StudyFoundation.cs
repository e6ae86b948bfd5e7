using PgmCluster.Cli.Study.Jobs;
using PgmCluster.Cli.Study.Plans;

namespace PgmCluster.Cli.Study.Parts;

/// <summary>What all models share: pictures, one judge, codes, and the features that pictures are compared with.</summary>
internal sealed record StudyFoundation(
    StudyDataset? Dataset, StudyTrained? Judge, StudyTrained? Tokenizer, StudyTokens? Tokens, StudyReference? Validation,
    StudyReference? Training)
{
    public static async Task<StudyFoundation> OfAsync(StudyPlan plan, StudyJobs jobs, IStudyExecutor executor) => new(
        await executor.AskAsync(jobs.Dataset()),
        await executor.AskAsync(jobs.Judge()),
        await executor.AskAsync(jobs.Tokenizer(plan.Grid)),
        await executor.AskAsync(jobs.Tokens(plan.Grid)),
        await executor.AskAsync(jobs.ValidationReference()),
        await executor.AskAsync(jobs.TrainingReference()));
}
