using System.Diagnostics;
using PgmCluster.Data;
using PgmCluster.Data.Artifacts;
using PgmCluster.Data.Images;
using PgmCluster.Execution.Checkpoints;
using PgmCluster.Execution.Metrics;
using PgmCluster.Execution.Specifications;
using PgmCluster.Execution.Work;
using PgmCluster.Modeling.Optimization;
using PgmCluster.Modeling.Runtime;
using static TorchSharp.torch;

namespace PgmCluster.Execution.Training;

/// <summary>Work item <see cref="WorkKinds.Train"/>: a training run from its newest checkpoint to its last step.</summary>
public sealed class TrainItem(TrainWork work) : IWorkItem
{
    /// <summary>Steps over which the final loss is averaged.</summary>
    private const int FinalSteps = 50;

    private const double LossSmoothing = 0.95;

    public string Run(WorkContext context)
    {
        var specification = SpecificationJson.Parse(work.Specification);
        CheckNumerics(specification.Numerics);
        set_num_threads(specification.Numerics.Threads);
        using var scope = NewDisposeScope();
        using var task = ModelKinds.Get(specification.Kind).CreateTask(specification, work, context);
        using var state = new TrainingState(task.Model, specification.Training, specification.Numerics);
        if (CheckpointFiles.LoadNewest(context.Artifacts, work.Checkpoints, state, work.SpecificationSha256) is null && work.From is { } from)
            StartingPoint.Load(context.Artifacts, from, state);
        using (var log = new StepMetricsLog(context.Artifacts, work.RunId, context.Generation))
        using (var checkpoints = new CheckpointWriter(work, context, TimeSpan.FromSeconds(specification.Training.CheckpointSeconds)))
        using (var step = new TrainingStep(specification, task, state, context.Cores, context.Device))
        {
            if (!work.AsIs) TrainToEnd(context, specification.Training, state, step, log, checkpoints, () => ShowSamples(context, task, state.Step));
            return WorkJson.Write(Finish(context, specification, state, checkpoints.Newest));
        }
    }

    private static void TrainToEnd(WorkContext context, TrainingSettings training, TrainingState state, TrainingStep step, StepMetricsLog log, CheckpointWriter checkpoints, Action showSamples)
    {
        double? loss = null, rate = null;
        var steps = training.Steps;
        var begun = Stopwatch.GetTimestamp();
        context.Progress(new WorkProgress(state.Step, steps, "step"));
        while (state.Step < steps)
        {
            if (context.Stopped.IsCancellationRequested || context.ShuttingDown.IsCancellationRequested)
            {
                checkpoints.WriteNow(state);
                context.ThrowIfInterrupted();
            }
            var metrics = step.Run();
            if (training.ValidationSteps > 0 && (state.Step % training.ValidationSteps == 0 || state.Step == steps)) metrics = metrics with { ValidationLoss = step.Validate() };
            log.Add(metrics);
            if (training.SampleSteps > 0 && state.Step % training.SampleSteps == 0) showSamples();
            loss = loss is null ? metrics.Loss : LossSmoothing * loss + (1 - LossSmoothing) * metrics.Loss;
            var seconds = Stopwatch.GetElapsedTime(begun).TotalSeconds;
            begun = Stopwatch.GetTimestamp();
            rate = rate is null ? 1 / seconds : LossSmoothing * rate + (1 - LossSmoothing) / seconds;
            context.Progress(new WorkProgress(state.Step, steps, "step", rate, loss));
            checkpoints.StepDone(state);
        }
        checkpoints.WriteNow(state);
    }

    private void ShowSamples(WorkContext context, TrainingTask task, long step)
    {
        if (task.Preview() is not { } pictures) return;
        var grid = PngWriter.Encode(ImageGrid.Compose(pictures, TrainingTask.PreviewColumns));
        context.Artifacts.Write(RunFiles.Samples(work.RunId, step), stream => stream.Write(grid));
    }

    private TrainResult Finish(WorkContext context, TrainingSpecification specification, TrainingState state, CheckpointRecord? checkpoint)
    {
        var metrics = StepMetricsLog.Read(context.Artifacts, work.RunId);
        var last = metrics.Skip(Math.Max(0, metrics.Count - FinalSteps)).Select(m => m.Loss).ToArray();
        var averaged = state.AveragedWeights();
        var tensors = state.Weights.Entries.Select(e => (e.Name, Tensor: e.Tensor.detach()))
            .Concat(averaged?.Select(a => (ModelFiles.EmaPrefix + a.Name, a.Tensor.detach())) ?? []).ToArray();
        var metadata = new Dictionary<string, string> { ["specification"] = work.Specification, ["run"] = work.RunId };
        return new TrainResult
        {
            Steps = state.Step,
            FinalLoss = last.Length > 0 ? last.Average() : double.NaN,
            Parameters = state.Parameters.Count,
            WeightsSha256 = state.Weights.Sha256(),
            EmaSha256 = averaged is null ? null : Modeling.Weights.StateDict.Sha256(averaged),
            OptimizerSha256 = state.OptimizerSha256(),
            Weights = context.Artifacts.Write(RunFiles.Weights(work.RunId), CheckpointSnapshot.Writer(tensors, metadata).WriteTo),
            Checkpoint = checkpoint?.Manifest,
            LossCurve = context.Artifacts.Write(RunFiles.LossCurve(work.RunId), stream => stream.Write(PngWriter.Encode(LossCurve(specification, metrics)))),
        };
    }

    private static RgbImage LossCurve(TrainingSpecification specification, IReadOnlyList<StepMetrics> metrics)
    {
        var x = metrics.Select(m => (double)m.Step).ToArray();
        var smooth = new double[metrics.Count];
        var (sum, weight) = (0.0, 0.0);
        for (var i = 0; i < smooth.Length; i++)
        {
            // Divided by its weight, the average does not lag behind the beginning.
            (sum, weight) = (LossSmoothing * sum + metrics[i].Loss, LossSmoothing * weight + 1);
            smooth[i] = sum / weight;
        }
        var validated = metrics.Where(m => m.ValidationLoss is not null).ToArray();
        return LinePlot.Render(
            $"{specification.Preset}: training loss", "step", "loss",
            [
                new PlotSeries("each step", x, [.. metrics.Select(m => m.Loss)]), new PlotSeries("smoothed", x, smooth),
                .. validated.Length > 0
                    ? [new PlotSeries("validation", [.. validated.Select(m => (double)m.Step)], [.. validated.Select(m => m.ValidationLoss!.Value)])]
                    : Array.Empty<PlotSeries>(),
            ]);
    }

    private static void CheckNumerics(NumericsSettings wanted)
    {
        if (wanted.UsesFusedOptimizer && FusedAdamW.Problem is { } problem)
            throw new BadInputException($"Starting the run on this device: it was specified with the fused optimizer, which cannot be used here ({problem}). Use another device, or start a new run with --set numerics.optimizer=managed.");
        if (wanted.Exactness == "relaxed") return;
        var withInstructions = wanted.Precision == Precisions.BFloat16;
        string Describe(string cpu, string libtorch, string instructions) => $"{cpu}, libtorch {libtorch}{(withInstructions ? $", bfloat16 by {instructions}" : "")}";
        var (here, there) = (Describe(NativeRuntime.CpuModel, NativeRuntime.LibtorchVersion, NativeRuntime.BFloat16Instructions), Describe(wanted.Cpu, wanted.Libtorch, wanted.Bfloat16));
        if (here == there) return;
        throw new BadInputException(
            $"Starting the run on this device: it computes with {here}; the run was specified for {there}, and would get other bits. Use a device of that kind, or a new run with --set numerics.exactness=relaxed.");
    }
}
