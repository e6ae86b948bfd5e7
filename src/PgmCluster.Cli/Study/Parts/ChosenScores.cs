using PgmCluster.Cli.Study.Jobs;
using PgmCluster.Cli.Study.Plans;

namespace PgmCluster.Cli.Study.Parts;

/// <summary>A small search for a training that differs from those of the large one: a few guidances by the validation images.</summary>
internal static class ChosenScores
{
    /// <returns>What was tried, what was chosen, and its scores against the report's reference with another sampling seed.</returns>
    public static async Task<(IReadOnlyList<ScoredSetting> Tried, StudySetting? Setting, StudyScores? Scores)> OfAsync(
        string part, StudyPlan plan, StudyJobs jobs, IStudyExecutor executor, StudyTraining training, StudySetting usual, long seed)
    {
        var tried = new List<ScoredSetting>();
        foreach (var guidance in plan.FewGuidances.Append(usual.Guidance).Distinct().Order())
        {
            var setting = usual with { Guidance = guidance };
            var job = jobs.Evaluate(part, training, setting, plan.SearchSamplingSeed, jobs.ValidationReference());
            tried.Add(new(setting, job.Id, await executor.AskAsync(job)));
        }
        if (ScoredSetting.Best(tried) is not { } best) return (tried, null, null);
        return (tried, best.Setting, await executor.AskAsync(jobs.Evaluate(part, training, best.Setting, seed, jobs.TrainingReference())));
    }
}
