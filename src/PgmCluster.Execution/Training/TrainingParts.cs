using PgmCluster.Data.Artifacts;
using PgmCluster.Data.Images;
using PgmCluster.Execution.Documents;
using PgmCluster.Execution.Models;
using PgmCluster.Execution.Runs;
using PgmCluster.Execution.Specifications;
using PgmCluster.Execution.Work;

namespace PgmCluster.Execution.Training;

/// <summary>What a training run consists of on its device, and what is done between steps.</summary>
internal sealed record TrainingParts(
    TrainWork Work, WorkContext Context, TrainingSpecification Specification, TrainingTask Task, TrainingState State, CheckpointWriter Checkpoints, TrainingStep Step)
{
    /// <summary>Fills the state from the first checkpoint that is whole, else from what the run begins with.</summary>
    /// <param name="records">Newest first.</param>
    public void LoadNewest(IReadOnlyList<CheckpointRecord> records)
    {
        void Damaged(CheckpointRecord record, string problem) => Context.Warn($"Resuming run {Work.RunId}: the checkpoint of step {record.Step} is not used, {problem}. The one before it is.");
        if (CheckpointFiles.LoadNewest(Context.Artifacts, records, State, Work.SpecificationSha256, Damaged) is null && Work.From is { } from)
            StartingPoint.Load(Context.Artifacts, from, State);
    }

    /// <summary>The metrics with the validation loss, where one is due after the step just done.</summary>
    public StepMetrics Validated(StepMetrics metrics)
    {
        var t = Specification.Training;
        var isDue = t.ValidationSteps > 0 && (State.Step % t.ValidationSteps == 0 || State.Step == t.Steps);
        return isDue ? metrics with { ValidationLoss = Step.Validate() } : metrics;
    }

    /// <summary>Writes pictures, where they are due after the step just done.</summary>
    public void ShowSamples()
    {
        if (Specification.Training.SampleSteps <= 0 || State.Step % Specification.Training.SampleSteps != 0 || Task.Preview() is not { } pictures) return;
        var grid = PngWriter.Encode(ImageGrid.Compose(pictures, TrainingTask.PreviewColumns));
        Context.Artifacts.Write(RunFiles.Samples(Work.RunId, State.Step), stream => stream.Write(grid));
    }
}
