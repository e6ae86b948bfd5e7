using PgmCluster.Cli.Study.Jobs;
using PgmCluster.Cli.Study.Plans;

namespace PgmCluster.Cli.Study.Parts;

/// <summary>How fast a model draws at one of its settings.</summary>
/// <param name="Model">Which one.</param>
/// <param name="Setting">Of the sampler.</param>
/// <param name="Batch">Images at once.</param>
/// <param name="Speed">Null where it was not measured.</param>
internal sealed record MeasuredSpeed(string Model, StudySetting Setting, int Batch, StudySpeed? Speed)
{
    /// <summary>All models under one setting, guided in every step: what a ratio of speeds is of.</summary>
    public static async Task<IReadOnlyList<MeasuredSpeed>> GuidedAsync(
        string part, StudyJobs jobs, IStudyExecutor executor, IReadOnlyList<StudyTraining> trainings, int steps, int batch)
    {
        var setting = new StudySetting(steps, 1, StudySetting.Constant);
        var speeds = await executor.AskAsync(jobs.Speed(part, trainings, setting, batch));
        return [.. trainings.Select(t => Of(t, setting, batch, speeds))];
    }

    /// <summary>
    /// Each model under its own setting, always beside the others under the same one: what disturbs the machine disturbs all.
    /// </summary>
    public static async Task<IReadOnlyList<MeasuredSpeed>> ChosenAsync(
        string part, StudyJobs jobs, IStudyExecutor executor, IReadOnlyList<(StudyTraining Training, StudySetting Setting)> models,
        int batch)
    {
        var measured = new List<MeasuredSpeed>();
        foreach (var (training, setting) in models)
        {
            var speeds = await executor.AskAsync(jobs.Speed(part, [.. models.Select(m => m.Training)], setting, batch));
            measured.Add(Of(training, setting, batch, speeds));
        }
        return measured;
    }

    private static MeasuredSpeed Of(StudyTraining training, StudySetting setting, int batch, StudySpeeds? speeds) =>
        new(training.Model.Name, setting, batch, speeds?.Models.First(s => s.Model == training.Model.Name));
}
