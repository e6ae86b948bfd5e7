using PgmCluster.Modeling.Runtime;
using static TorchSharp.torch;

namespace PgmCluster.Execution.Evaluation;

/// <summary>What is kept of a batch of n images.</summary>
/// <param name="Features">n x width, row by row.</param>
/// <param name="Predicted">n classes; empty where the features come from no classifier of the dataset.</param>
/// <param name="Wanted">n classes.</param>
/// <param name="SquaredErrors">Mean squared error of each image; 0 where there is nothing to compare with.</param>
/// <param name="Logits">n x classes for the Inception score; empty where there is none.</param>
public sealed record ScoredBatch(float[] Features, int[] Predicted, int[] Wanted, double[] SquaredErrors, float[] Logits)
{
    /// <summary>The images that are wanted.</summary>
    /// <param name="wanted">For each of the n images.</param>
    internal ScoredBatch Of(bool[] wanted)
    {
        T[] Rows<T>(T[] values) => [.. values.Where((_, i) => wanted[i / (values.Length / wanted.Length)])];
        return new ScoredBatch(Rows(Features), Rows(Predicted), Rows(Wanted), Rows(SquaredErrors), Rows(Logits));
    }

    internal static double[] ErrorsOf(Tensor images, Tensor? originals)
    {
        if (originals is null) return new double[images.shape[0]];
        using var scope = NewDisposeScope();
        return HostRead.Values<double>((images - originals).to_type(float64).square().mean([1L, 2L, 3L]));
    }
}
