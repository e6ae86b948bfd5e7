using PgmCluster.Data.Artifacts;
using PgmCluster.Data.Images;
using PgmCluster.Execution.Documents;
using PgmCluster.Execution.Models;
using PgmCluster.Execution.Runs;
using PgmCluster.Execution.Work;
using PgmCluster.Modeling.Weights;

namespace PgmCluster.Execution.Training;

/// <summary>What a completed run leaves: weights, hashes, the loss curve.</summary>
internal static class TrainingOutcome
{
    /// <summary>Steps over which the final loss is averaged.</summary>
    private const int FinalSteps = 50;

    public static TrainResult Make(TrainingParts parts)
    {
        var (work, context, state) = (parts.Work, parts.Context, parts.State);
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
            ValidationLoss = metrics.LastOrDefault(m => m.ValidationLoss is not null)?.ValidationLoss,
            Parameters = state.Parameters.Count,
            WeightsSha256 = state.Weights.Sha256(),
            EmaSha256 = averaged is null ? null : StateDict.Sha256(averaged),
            OptimizerSha256 = state.OptimizerSha256(),
            Weights = context.WriteWhenThereIsSpace(
                $"Writing the weights of run {work.RunId}",
                () => context.Artifacts.Write(RunFiles.Weights(work.RunId), CheckpointSnapshot.Writer(tensors, metadata).WriteTo)),
            Checkpoint = parts.Checkpoints.Newest?.Manifest,
            LossCurve = WriteLossCurve(parts, metrics),
        };
    }

    /// <returns>Null where it cannot be written: it can be drawn from the metrics at any time.</returns>
    private static ArtifactInfo? WriteLossCurve(TrainingParts parts, IReadOnlyList<StepMetrics> metrics)
    {
        var (work, context) = (parts.Work, parts.Context);
        try
        {
            return context.Artifacts.Write(
                RunFiles.LossCurve(work.RunId),
                stream => stream.Write(PngWriter.Encode(LossChart.Draw($"{parts.Specification.Preset}: training loss", metrics))));
        }
        catch (Exception e)
        {
            context.Warn($"Drawing the loss of run {work.RunId}: {e.Message} The run ends without the picture; its metrics are complete.");
            return null;
        }
    }
}
