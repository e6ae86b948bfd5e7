using PgmCluster.Cli.Study.Jobs;
using PgmCluster.Cli.Study.Plans;

namespace PgmCluster.Cli.Study.Parts;

/// <summary>Every number of a study: the content of <c>study.json</c>. What was not run is null or missing.</summary>
/// <remarks><see cref="TakenOver"/> counts outcomes that were taken over from a report of another home.</remarks>
internal sealed record StudyReport(
    string Preset, StudyFoundation Foundation, IReadOnlyList<ModelSearch> Search, IReadOnlyList<ModelReport> Report,
    IReadOnlyList<MeasuredSpeed> Speeds, IReadOnlyList<MeasuredSpeed> ChosenSpeeds, IReadOnlyList<AblationReport> Ablations,
    StudyTokens? LengthTokens,
    IReadOnlyList<LengthReport> Length, IReadOnlyList<MeasuredSpeed> LengthSpeeds, int TakenOver = 0)
{
    /// <summary>Goes through parts of a study, in their order.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="jobs">Its jobs.</param>
    /// <param name="executor">Runs them, answers for what has been run, or counts them.</param>
    /// <param name="parts">Which parts beside the search, which all others build on.</param>
    /// <param name="records">For times; null where they do not matter.</param>
    public static async Task<StudyReport> OfAsync(
        StudyPlan plan, StudyJobs jobs, IStudyExecutor executor, IReadOnlyCollection<string> parts, StudyRecords? records = null)
    {
        var foundation = await StudyFoundation.OfAsync(plan, jobs, executor);
        var search = new List<ModelSearch>();
        foreach (var model in plan.Models) search.Add(await ModelSearch.OfAsync(plan, jobs, executor, model));

        var (report, speeds, chosenSpeeds) = (new List<ModelReport>(), new List<MeasuredSpeed>(), new List<MeasuredSpeed>());
        if (parts.Contains(StudyParts.Report))
        {
            foreach (var model in search) report.Add(await ModelReport.OfAsync(plan, jobs, executor, records, model));
            foreach (var steps in plan.OtherSteps.Prepend(plan.Steps))
            {
                if (search.Any(s => s.At(steps) is null)) continue;
                var models = search.Select(s => (ModelReport.Trainings(plan, jobs, s)[0].Training, s.At(steps)!)).ToList();
                foreach (var batch in plan.SpeedBatches)
                    speeds.AddRange(await MeasuredSpeed.GuidedAsync(
                        StudyParts.Report, jobs, executor, [.. models.Select(m => m.Training)], steps, batch));
                chosenSpeeds.AddRange(
                    await MeasuredSpeed.ChosenAsync(StudyParts.Report, jobs, executor, models, plan.SpeedBatches[^1]));
            }
        }

        var ablations = new List<AblationReport>();
        if (parts.Contains(StudyParts.Ablations))
        {
            foreach (var ablation in plan.Ablations)
                ablations.Add(await AblationReport.OfAsync(plan, jobs, executor, ablation, search.Single(s => s.Model == ablation.Model)));
        }

        StudyTokens? tokens = null;
        var (length, lengthSpeeds) = (new List<LengthReport>(), new List<MeasuredSpeed>());
        if (parts.Contains(StudyParts.Length))
        {
            await executor.AskAsync(jobs.Tokenizer(plan.Length.Grid));
            tokens = await executor.AskAsync(jobs.Tokens(plan.Length.Grid));
            foreach (var model in search) length.Add(await LengthReport.OfAsync(plan, jobs, executor, records, model));
            var trainings = search.Select(s => LengthReport.Training(plan, jobs, s)).OfType<StudyTraining>().ToList();
            foreach (var steps in trainings.Count < search.Count ? [] : plan.Length.SpeedSteps)
            {
                foreach (var batch in plan.SpeedBatches)
                    lengthSpeeds.AddRange(await MeasuredSpeed.GuidedAsync(StudyParts.Length, jobs, executor, trainings, steps, batch));
            }
        }
        return new(
            plan.Preset, foundation, search, report, speeds, chosenSpeeds, ablations, tokens, length, lengthSpeeds,
            records?.TakenOver ?? 0);
    }
}
