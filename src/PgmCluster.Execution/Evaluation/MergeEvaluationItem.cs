using PgmCluster.Execution.Documents;
using PgmCluster.Execution.Work;
using PgmCluster.Modeling.Metrics;
using PgmCluster.Modeling.Randomness;
using PgmCluster.Modeling.Weights;
using static TorchSharp.torch;

namespace PgmCluster.Execution.Evaluation;

/// <summary>
/// Work item <see cref="WorkKinds.MergeEvaluation"/>: folds the chunks in index order, so that the score does not depend on who made them.
/// </summary>
public sealed class MergeEvaluationItem(MergeEvaluationWork work) : IWorkItem
{
    public string Run(WorkContext context)
    {
        set_num_threads(work.Threads);
        using var scope = NewDisposeScope();
        var reference = Reference(context);
        var real = FoldedChunks.Of(context, work.Real);
        var reconstructed = FoldedChunks.Of(context, work.Reconstructed);
        var (generated, inceptionScore) = Generated(context);
        using var realRows = new FeatureRows(context, work.Reference);
        using var generatedRows = new FeatureRows(context, work.Generated);
        // A chunk of a set in the order of its classes is no sample of it. Two seeds: the sets' orders have nothing to do with each other.
        using var realMixed = new FeatureRows(context, work.Reference, shuffle: 0);
        using var generatedMixed = new FeatureRows(context, work.Generated, shuffle: 1);
        return WorkJson.Write(new EvaluationResult
        {
            ClassifierAccuracyReal = real?.Accuracy,
            ClassAccuracyReconstructed = reconstructed?.Accuracy,
            ClassAccuracyGenerated = generated.Accuracy,
            FrechetReal = real is null ? null : reference.DistanceTo(real.Statistics),
            FrechetReconstructed = reconstructed is null ? null : reference.DistanceTo(reconstructed.Statistics),
            FrechetGenerated = reference.DistanceTo(generated.Statistics),
            ReconstructionMse = reconstructed?.MeanSquaredError,
            Images = (int)generated.Statistics.Count,
            ReferenceImages = (int)reference.Count,
            Features = (int)reference.Mean.shape[0],
            InceptionScore = inceptionScore,
            InFiveChunks = Manifold.Chunked(realMixed, generatedMixed, context.ThrowIfInterrupted),
            Whole = Manifold.Whole(realRows, generatedRows, context.ThrowIfInterrupted),
        });
    }

    private StatisticsFile Reference(WorkContext context)
    {
        if (work.Statistics is not { } statistics) return FoldedChunks.Of(context, work.Reference)!.Statistics;
        foreach (var artifact in work.Reference) context.Fetch(artifact).Dispose();
        using var file = context.Fetch(statistics);
        return StatisticsFile.Read(file.Path);
    }

    private (FoldedChunks Chunks, double? InceptionScore) Generated(WorkContext context)
    {
        if (!work.InceptionScore) return (FoldedChunks.Of(context, work.Generated)!, null);
        var order = new DataOrder(work.Seed, work.GeneratedImages);
        InceptionScore? score = null;
        try
        {
            var folded = FoldedChunks.Of(context, work.Generated, file =>
            {
                var logits = WeightsFile.Read(file, FeatureFile.Logits);
                score ??= new InceptionScore([.. Enumerable.Range(0, work.GeneratedImages).Select(n => order[n])], logits.shape[1]);
                score.Add(logits);
            });
            return (folded!, score!.Value());
        }
        finally
        {
            score?.Dispose();
        }
    }
}
