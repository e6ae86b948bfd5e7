using System.Text.Json;
using System.Text.Json.Nodes;
using PgmCluster.Execution.Devices;
using PgmCluster.Execution.Models;
using PgmCluster.Execution.Runs;
using PgmCluster.Execution.Specifications;
using PgmCluster.Execution.Training;
using PgmCluster.Modeling.Masking;
using PgmCluster.Modeling.Optimization;
using PgmCluster.Modeling.Runtime;
using static TorchSharp.torch;

namespace PgmCluster.Execution.Doctor.Computation;

/// <summary>
/// Training steps as runs take them, on recorded batches: their losses and gradient norms against the public code's, and twice the same
/// bits.
/// </summary>
/// <param name="device">Where it is trained.</param>
/// <param name="decorate">Wraps what computes the losses; for tests.</param>
internal sealed class TrainingChecks(ComputeDevice device, Func<TrainingTask, TrainingTask> decorate)
{
    /// <param name="open">Makes the model anew, as it was recorded.</param>
    /// <param name="mode">How products are computed.</param>
    /// <param name="subject">Device and model, for the lines.</param>
    public IReadOnlyList<Finding> Run(Func<RecordedModel> open, ComputeMode mode, string subject)
    {
        using var scope = NewDisposeScope();
        using var model = open();
        var (curve, state) = Train(model, mode);
        var (losses, norms) = (model.File.ReadArray<double>("curve.loss"), model.File.ReadArray<double>("curve.grad_norm"));
        var (lossBound, gradientBound) = (ModelChecks.LossBound(model, mode), mode.OfGradients(model.State));
        var comparison = new Comparison();
        for (var step = 0; step < curve.Count; step++)
        {
            comparison.Add($"losses of step {step}", losses[step], curve[step].Loss, 5e-5 + lossBound);
            var bound = 1e-4 * Math.Max(1, norms[step]) + gradientBound * norms[step];
            comparison.Add($"gradient norms of step {step}", norms[step], curve[step].GradientNorm, bound);
        }
        var followed = comparison.ToFinding($"{subject} {curve.Count} training steps, {mode.Name}", device.IsCpu);

        using var second = open();
        var (_, again) = Train(second, mode);
        var different = state.Zip(again).Sum(pair => HostRead.Scalar<long>(pair.First.ne(pair.Second).sum()));
        var repeated = $"{subject} same {curve.Count} steps twice, {mode.Name}";
        var all = state.Sum(t => t.numel());
        return
        [
            followed,
            different == 0
                ? Finding.Ok(repeated, $"equal bits in all {all} weights, moments and averages")
                : Comparison.Failed(repeated, $"{different} of {all} weights, moments and averages differ", device.IsCpu),
        ];
    }

    private (List<StepMetrics> Curve, Tensor[] State) Train(RecordedModel model, ComputeMode mode)
    {
        var recorded = JsonNode.Parse(model.File.Metadata["curve"])!;
        T Setting<T>(string name) => recorded[name]!.GetValue<T>();
        var (steps, batch) = ((int)model.File["curve.y"].Shape[0], (int)model.File["curve.y"].Shape[1]);
        var masking = Enum.Parse<MaskingSchedule>(Setting<string>("sched_mode"), ignoreCase: true);
        var specification = new TrainingSpecification
        {
            Kind = model.Kind,
            Preset = "recorded",
            Seed = 0,
            Data = new DataSettings(),
            Model = JsonNode.Parse(model.File.Metadata["model"])!.AsObject(),
            Training = new TrainingSettings
            {
                Steps = Setting<long>("max_iter"),
                BatchSize = batch,
                MicroBatches = Setting<int>("grad_cum"),
                LearningRate = Setting<double>("base_lr"),
                WarmUp = Setting<int>("warm_up"),
                Beta1 = recorded["betas"]![0]!.GetValue<double>(),
                Beta2 = recorded["betas"]![1]!.GetValue<double>(),
                WeightDecay = Setting<double>("weight_decay"),
                ClipNorm = Setting<double>("grad_clip"),
                EmaDecay = Setting<double>("ema_decay"),
                LabelDrop = Setting<double>("drop_label_prob"),
                Masking = masking,
            },
            Numerics = new NumericsSettings
            {
                Version = NumericsSettings.CurrentVersion,
                Optimizer = FusedAdamW.Problem is null ? "fused" : "managed",
                Precision = mode.Precision,
                Tf32 = mode.Tf32,
            },
        };
        using var task = decorate(new RecordedTask(model, steps, specification.Training.LabelDrop, masking));
        using var state = new TrainingState(model.Module, specification.Training, specification.Numerics);
        using var step = new TrainingStep(specification, task, state, device: device.Name);
        List<StepMetrics> curve = [.. Enumerable.Range(0, steps).Select(_ => step.Run())];
        return (curve, [.. state.Everything().Select(t => HostRead.Copy(t).clone())]);
    }
}
