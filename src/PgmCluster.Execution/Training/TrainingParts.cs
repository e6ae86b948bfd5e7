using PgmCluster.Execution.Documents;
using PgmCluster.Execution.Models;
using PgmCluster.Execution.Runs;
using PgmCluster.Execution.Specifications;
using PgmCluster.Execution.Work;
using static TorchSharp.torch;

namespace PgmCluster.Execution.Training;

/// <summary>What a training run consists of on its device, and what is done between steps.</summary>
internal sealed record TrainingParts(
    TrainWork Work, WorkContext Context, TrainingSpecification Specification, TrainingTask Task, TrainingState State,
    CheckpointWriter Checkpoints, TrainingStep Step)
{
    /// <summary>Fills the state from the first checkpoint that is whole, else from what the run begins with.</summary>
    /// <param name="records">Newest first.</param>
    /// <exception cref="WorkParkedException">There are checkpoints, and none is whole.</exception>
    public void LoadNewest(IReadOnlyList<CheckpointRecord> records)
    {
        var damaged = new List<string>();
        if (CheckpointFiles.LoadNewest(
            Context.Artifacts, records, State, Work.SpecificationSha256, (record, problem) => damaged.Add($"step {record.Step}: {problem}"),
            Context.Interrupted) is { } used)
        {
            if (damaged.Count > 0)
                Context.Warn(
                    $"Resuming run {Work.RunId}: it goes on from step {used.Step}; "
                    + $"later checkpoints are damaged ({string.Join("; ", damaged)}).");
            return;
        }
        if (records.Count > 0)
        {
            // From the beginning it would write over what can still be repaired.
            throw new WorkParkedException(
                $"Resuming run {Work.RunId}: none of its {records.Count} checkpoints is intact ({string.Join("; ", damaged)}). "
                + "Put the files back from a copy, or train anew under another id.");
        }
        if (Work.From is { } from)
            StartingPoint.Load(Context.Artifacts, from, Work.FromWeights, Specification.Kind, State, Context.Interrupted);
    }

    /// <summary>Gives the state the bits that the model's kind begins with.</summary>
    public void StartOver()
    {
        using var scope = NewDisposeScope();
        using var task = ModelKinds.Get(Specification.Kind).CreateTask(Specification, Work, Context);
        using var fresh = new TrainingState(task.Model, Specification.Training, Specification.Numerics);
        using var untracked = no_grad();
        foreach (var (tensor, first) in State.Everything().Zip(fresh.Everything())) tensor.copy_(first);
        State.Step = 0;
    }

    /// <summary>The metrics with the validation loss, where one is due after the step just done.</summary>
    public StepMetrics Validated(StepMetrics metrics)
    {
        var t = Specification.Training;
        var isDue = t.ValidationSteps > 0 && (State.Step % t.ValidationSteps == 0 || State.Step == t.Steps);
        return isDue ? metrics with { ValidationLoss = Step.Validate() } : metrics;
    }
}
