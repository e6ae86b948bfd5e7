using PgmCluster.Data;
using PgmCluster.Data.Artifacts;
using PgmCluster.Data.Safetensors;
using PgmCluster.Execution.Work;
using PgmCluster.Modeling.Metrics;
using PgmCluster.Modeling.Weights;
using static TorchSharp.torch;

namespace PgmCluster.Execution.Evaluation;

/// <summary>What chunks give, folded in index order: the same bits whoever made them.</summary>
/// <param name="Statistics">Of the features.</param>
/// <param name="Accuracy">Share of images that are predicted to be what was wanted; null without a classifier.</param>
/// <param name="MeanSquaredError">Of the images.</param>
internal sealed record FoldedChunks(StatisticsFile Statistics, double? Accuracy, double MeanSquaredError)
{
    /// <summary>Null where there are no chunks.</summary>
    /// <exception cref="DataCorruptException">A chunk is missing or not what its worker wrote.</exception>
    public static FoldedChunks? Of(WorkContext context, IReadOnlyList<ArtifactInfo> chunks, Action<SafetensorsFile>? also = null)
    {
        if (chunks.Count == 0) return null;
        using var scope = NewDisposeScope();
        FeatureStatistics? statistics = null;
        try
        {
            long? right = null;
            var error = 0.0;
            foreach (var chunk in chunks)
            {
                context.ThrowIfInterrupted();
                using var perChunk = NewDisposeScope();
                using var fetched = context.Fetch(chunk);
                using var file = SafetensorsFile.Open(fetched);
                var features = WeightsFile.Read(file, FeatureFile.Features);
                // None of its images could be decoded: it has no width either.
                if (features.shape[0] == 0) continue;
                statistics ??= new FeatureStatistics(features.shape[1]);
                statistics.Add(features);
                if (file.Contains(FeatureFile.Predicted))
                    right = (right ?? 0) + file.ReadArray<int>(FeatureFile.Predicted).Zip(file.ReadArray<int>(FeatureFile.Wanted))
                        .Count(pair => pair.First == pair.Second);
                foreach (var e in file.ReadArray<double>(FeatureFile.SquaredErrors)) error += e;
                also?.Invoke(file);
            }
            var count = statistics?.Count ?? 0;
            if (statistics is null || count < 2) throw new BadInputException("Merging the evaluation: fewer than 2 images to compare. Evaluate more.");
            var folded = StatisticsFile.Of(statistics);
            folded.Mean.MoveToOuterDisposeScope();
            folded.Covariance.MoveToOuterDisposeScope();
            return new FoldedChunks(folded, (double?)right / count, error / count);
        }
        finally
        {
            statistics?.Dispose();
        }
    }
}
