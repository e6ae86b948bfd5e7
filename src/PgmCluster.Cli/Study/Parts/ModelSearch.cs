using PgmCluster.Cli.Study.Jobs;
using PgmCluster.Cli.Study.Plans;

namespace PgmCluster.Cli.Study.Parts;

/// <summary>
/// The search for a model's learning rate and sampler, all by Frechet distance to the validation images, with seeds that the report does
/// not use. Every guidance at every rate; then the logit scales at the best; then the best guidance and its neighbours at other numbers of
/// steps.
/// </summary>
/// <param name="Model">Which one.</param>
/// <param name="Parameters">Its size.</param>
/// <param name="Rates">What was tried.</param>
/// <param name="LearningRate">Chosen; null where the search was not run to its end, as are the others.</param>
/// <param name="Scales">Logit scales at the best guidance.</param>
/// <param name="Best">By Frechet distance.</param>
/// <param name="NearestToReal">By the difference of class accuracy to that of real pictures, at the chosen rate.</param>
/// <param name="OtherSteps">What was tried at other numbers of steps.</param>
internal sealed record ModelSearch(
    string Model, long Parameters, IReadOnlyList<SearchedRate> Rates, double? LearningRate, IReadOnlyList<ScoredSetting> Scales,
    StudySetting? Best, StudySetting? NearestToReal, IReadOnlyList<SearchedSteps> OtherSteps)
{
    /// <summary>The setting for a number of steps; null where it was not found.</summary>
    public StudySetting? At(int steps) => Best?.Steps == steps ? Best : OtherSteps.FirstOrDefault(s => s.Steps == steps)?.Best;

    public static async Task<ModelSearch> OfAsync(StudyPlan plan, StudyJobs jobs, IStudyExecutor executor, StudyModel model)
    {
        var reference = jobs.ValidationReference();
        var trainings = plan.LearningRates.Select(rate => (
            Rate: rate,
            Training: jobs.Train(StudyParts.Search, plan.Grid, model, rate, plan.SearchSeed, StudyOverrides.None))).ToList();
        var rates = new List<SearchedRate>();
        foreach (var (rate, training) in trainings)
        {
            var trained = await executor.AskAsync(training.Job);
            rates.Add(new(rate, training.Job.Id, trained, await ScoreAsync(training, plan.Candidates(plan.Steps))));
        }
        var parameters = StudySpecifications.Parameters(trainings[0].Training.Specification);
        if (ScoredSetting.Best([.. rates.SelectMany(r => r.Points)]) is not { } guided)
            return new(model.Name, parameters, rates, null, [], null, null, []);

        var at = rates.FindIndex(r => r.Points.Contains(guided));
        var chosen = trainings[at];
        var scales = await ScoreAsync(chosen.Training, plan.LogitScales.Select(scale => guided.Setting with { LogitScale = scale }));
        if (ScoredSetting.Best(scales) is not { } best)
            return new(model.Name, parameters, rates, chosen.Rate, scales, null, null, []);
        var nearest = ScoredSetting.NearestToReal([.. rates[at].Points, .. scales])!;
        var others = new List<SearchedSteps>();
        foreach (var steps in plan.OtherSteps)
        {
            var points = await ScoreAsync(chosen.Training, plan.Neighbours(best.Setting, steps));
            others.Add(new(steps, points, ScoredSetting.Best(points)?.Setting));
        }
        return new(model.Name, parameters, rates, chosen.Rate, scales, best.Setting, nearest.Setting, others);

        async Task<IReadOnlyList<ScoredSetting>> ScoreAsync(StudyTraining training, IEnumerable<StudySetting> settings)
        {
            var scored = new List<ScoredSetting>();
            foreach (var setting in settings)
            {
                var job = jobs.Evaluate(StudyParts.Search, training, setting, plan.SearchSamplingSeed, reference);
                scored.Add(new(setting, job.Id, await executor.AskAsync(job)));
            }
            return scored;
        }
    }
}
