using PgmCluster.Data;
using PgmCluster.Data.Artifacts;
using PgmCluster.Data.Safetensors;
using PgmCluster.Execution.Work;
using PgmCluster.Modeling.Metrics;
using PgmCluster.Modeling.Weights;
using static TorchSharp.torch;

namespace PgmCluster.Execution.Evaluation;

/// <summary>Work item <see cref="WorkKinds.MergeEvaluation"/>: folds the chunks in index order, so that the score does not depend on who made them.</summary>
public sealed class MergeEvaluationItem(MergeEvaluationWork work) : IWorkItem
{
    public string Run(WorkContext context)
    {
        set_num_threads(work.Threads);
        using var scope = NewDisposeScope();
        using var reference = Fold(context, work.Reference);
        using var real = Fold(context, work.Real);
        using var reconstructed = Fold(context, work.Reconstructed);
        using var generated = Fold(context, work.Generated);
        return WorkJson.Write(new EvaluationResult
        {
            ClassifierAccuracyReal = real.Accuracy,
            ClassAccuracyReconstructed = reconstructed.Accuracy,
            ClassAccuracyGenerated = generated.Accuracy,
            FrechetReal = FrechetDistance.Between(reference.Statistics, real.Statistics),
            FrechetReconstructed = FrechetDistance.Between(reference.Statistics, reconstructed.Statistics),
            FrechetGenerated = FrechetDistance.Between(reference.Statistics, generated.Statistics),
            ReconstructionMse = reconstructed.MeanSquaredError,
            Images = (int)generated.Statistics.Count,
            ReferenceImages = (int)reference.Statistics.Count,
        });
    }

    private static Folded Fold(WorkContext context, IReadOnlyList<ArtifactInfo> chunks)
    {
        FeatureStatistics? statistics = null;
        long right = 0;
        var error = 0.0;
        foreach (var chunk in chunks)
        {
            context.ThrowIfInterrupted();
            if (!context.Artifacts.VerifyAsync(chunk, default).GetAwaiter().GetResult())
                throw new DataCorruptException($"Merging the evaluation: {chunk.Name} is missing or not what its worker wrote. Evaluate again under a new id.");
            using var scope = NewDisposeScope();
            using var file = SafetensorsFile.Open(context.Artifacts.LocalPath(chunk.Name));
            var features = WeightsFile.Read(file, FeatureFile.Features);
            statistics ??= new FeatureStatistics(features.shape[1]);
            statistics.Add(features);
            right += file.ReadArray<int>(FeatureFile.Predicted).Zip(file.ReadArray<int>(FeatureFile.Wanted)).Count(pair => pair.First == pair.Second);
            foreach (var e in file.ReadArray<double>(FeatureFile.SquaredErrors)) error += e;
        }
        if (statistics is null || statistics.Count < 2) throw new BadInputException("Merging the evaluation: fewer than 2 images to compare. Evaluate more.");
        return new Folded(statistics, (double)right / statistics.Count, error / statistics.Count);
    }

    private sealed record Folded(FeatureStatistics Statistics, double Accuracy, double MeanSquaredError) : IDisposable
    {
        public void Dispose() => Statistics.Dispose();
    }
}
