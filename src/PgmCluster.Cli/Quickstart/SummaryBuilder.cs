using PgmCluster.Contracts.Datasets;
using PgmCluster.Contracts.Tokenization;
using PgmCluster.Execution.Documents;

namespace PgmCluster.Cli.Quickstart;

/// <summary>Puts together what a quickstart made.</summary>
internal sealed class SummaryBuilder(QuickstartPlan plan, bool compare, long seed, StageClock clock)
{
    /// <param name="dataset">The pictures.</param>
    /// <param name="tokens">The codes.</param>
    /// <param name="models">The model, and the baselines where they were made.</param>
    /// <param name="speeds">Of the same models.</param>
    /// <param name="artifacts">Where everything is.</param>
    public QuickstartSummary Build(
        DatasetInfo dataset, TokenizationResult tokens, IReadOnlyList<TrainedModel> models, IReadOnlyList<SpeedResult> speeds,
        QuickstartSummary.ArtifactsPart artifacts)
    {
        var (model, speed) = (models[0], speeds[0]);
        var (training, scores, sampling) = (model.Result, model.Scores, model.Model.Sampling);
        var stages = plan.Stages(compare).Select(
            stage => new QuickstartSummary.Stage(stage, clock.Seconds(stage), clock.CpuSeconds(stage))).ToList();
        return new QuickstartSummary(
            plan.Preset,
            seed,
            stages,
            new(dataset.Name, dataset.Images, dataset.ClassNames.Count),
            new(tokens.Codebook, tokens.CodesUsed, scores.ReconstructionMse!.Value),
            new(training.Steps, training.FinalLoss, training.Parameters, training.WeightsSha256),
            // A classifier's features and a validation split give all of them.
            new(scores.ClassifierAccuracyReal!.Value, scores.ClassAccuracyReconstructed!.Value, scores.ClassAccuracyGenerated!.Value,
                scores.FrechetReal!.Value, scores.FrechetReconstructed!.Value, scores.FrechetGenerated,
                model.Likelihood.BitsPerToken, model.Likelihood.StandardError),
            Baseline(models),
            Speed(models, speeds),
            artifacts,
            model.Details.Kind,
            Math.Round(stages.Sum(s => s.CpuSeconds), 2),
            new(sampling.Sampler, sampling.Steps, sampling.Guidance, plan.SpeedBatch, speed.ImagesPerSecond, speed.GigaOperationsPerImage),
            compare ? [.. models.Zip(speeds, Part)] : null);
    }

    private static QuickstartSummary.BaselinePart? Baseline(IReadOnlyList<TrainedModel> models) =>
        models.FirstOrDefault(m => m.Model.Stage == QuickstartStages.MaskGit) is { Result: var result, Scores: var scores }
            ? new(result.Steps, result.FinalLoss, result.Parameters, result.WeightsSha256, scores.ClassAccuracyGenerated,
                scores.FrechetGenerated)
            : null;

    private QuickstartSummary.SpeedPart? Speed(IReadOnlyList<TrainedModel> models, IReadOnlyList<SpeedResult> speeds)
    {
        if (Of(QuickstartStages.Pgm) is not { } pgm || Of(QuickstartStages.MaskGit) is not { } maskGit) return null;
        return new(
            plan.SpeedBatch, pgm.ImagesPerSecond, maskGit.ImagesPerSecond, pgm.ImagesPerSecond / maskGit.ImagesPerSecond,
            maskGit.GigaOperationsPerImage / pgm.GigaOperationsPerImage);

        SpeedResult? Of(string stage) => models.Zip(speeds).FirstOrDefault(m => m.First.Model.Stage == stage).Second;
    }

    private QuickstartSummary.ModelPart Part(TrainedModel model, SpeedResult speed)
    {
        var (result, scores) = (model.Result, model.Scores);
        return new(
            model.Details.Kind, model.Model.Preset, result.Steps, result.Parameters, result.FinalLoss, result.WeightsSha256,
            clock.Seconds(model.Model.Stage), clock.CpuSeconds(model.Model.Stage), model.Model.Sampling.Guidance,
            scores.ClassAccuracyGenerated, scores.FrechetGenerated,
            scores.Whole?.Precision, scores.Whole?.Recall, scores.Whole?.Density, scores.Whole?.Coverage,
            model.Likelihood.BitsPerToken, model.Likelihood.StandardError,
            speed.ImagesPerSecond, speed.GigaOperationsPerImage);
    }
}
