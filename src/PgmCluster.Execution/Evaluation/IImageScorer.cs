using static TorchSharp.torch;

namespace PgmCluster.Execution.Evaluation;

/// <summary>Looks at images for an evaluation. Called by several lanes at once.</summary>
internal interface IImageScorer : IDisposable
{
    /// <param name="images">F32 [n, 3, S, S] in [-1, 1]</param>
    /// <param name="wanted">The class of each.</param>
    /// <param name="originals">What reconstructions are compared with; null for all others.</param>
    ScoredBatch Score(Tensor images, int[] wanted, Tensor? originals);
}
