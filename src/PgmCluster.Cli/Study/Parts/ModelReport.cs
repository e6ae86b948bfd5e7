using PgmCluster.Cli.Study.Jobs;
using PgmCluster.Cli.Study.Plans;

namespace PgmCluster.Cli.Study.Parts;

/// <summary>
/// What a model comes to at the settings that the search chose, with training and sampling seeds that the search did not use.
/// </summary>
/// <param name="Model">Which one.</param>
/// <param name="Runs">Its trainings, a seed each.</param>
/// <param name="Rows">Its scores, a setting each.</param>
internal sealed record ModelReport(string Model, IReadOnlyList<ReportedRun> Runs, IReadOnlyList<ReportedSetting> Rows)
{
    public const string Lowest = "lowest Frechet", Nearest = "accuracy nearest to real",
        HeldOut = "lowest Frechet, against held-out images";

    public static async Task<ModelReport> OfAsync(
        StudyPlan plan, StudyJobs jobs, IStudyExecutor executor, StudyRecords? records, ModelSearch search)
    {
        if (search.LearningRate is null || search.Best is null) return new(search.Model, [], []);
        var trainings = Trainings(plan, jobs, search);
        var runs = new List<ReportedRun>();
        foreach (var (seed, training) in trainings)
        {
            var trained = await executor.AskAsync(training.Job);
            var bits = await executor.AskAsync(jobs.Bits(StudyParts.Report, training, plan.Grid, plan.Steps, search.Best.Curve));
            var (seconds, cpuSeconds) = records?.Taken(training.Job) ?? default;
            runs.Add(new(seed, training.Job.Id, trained, seconds, bits, cpuSeconds));
        }
        var rows = new List<ReportedSetting> { await RowAsync(Lowest, search.Best, jobs.TrainingReference()) };
        foreach (var steps in plan.OtherSteps)
        {
            if (search.At(steps) is { } setting) rows.Add(await RowAsync(Lowest, setting, jobs.TrainingReference()));
        }
        rows.Add(await RowAsync(Nearest, search.NearestToReal!, jobs.TrainingReference()));
        rows.Add(await RowAsync(HeldOut, search.Best, jobs.ValidationReference()));
        return new(search.Model, runs, rows);

        async Task<ReportedSetting> RowAsync(string choice, StudySetting setting, StudyJob<StudyReference> reference)
        {
            var seeds = new List<ReportedSeed>();
            foreach (var (seed, training) in trainings)
            {
                var job = jobs.Evaluate(StudyParts.Report, training, setting, plan.ReportSamplingSeed(seed), reference);
                seeds.Add(new(seed, plan.ReportSamplingSeed(seed), job.Id, await executor.AskAsync(job)));
            }
            return new(choice, setting, seeds);
        }
    }

    /// <summary>The reported trainings of a model whose learning rate was found.</summary>
    public static IReadOnlyList<(long Seed, StudyTraining Training)> Trainings(StudyPlan plan, StudyJobs jobs, ModelSearch search) =>
    [
        .. plan.ReportSeeds.Select(seed => (seed, jobs.Train(
            StudyParts.Report, plan.Grid, plan.Model(search.Model), search.LearningRate!.Value, seed, StudyOverrides.None))),
    ];
}
