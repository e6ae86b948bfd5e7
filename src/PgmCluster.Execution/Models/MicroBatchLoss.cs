using static TorchSharp.torch;

namespace PgmCluster.Execution.Models;

/// <summary>Loss of a micro-batch.</summary>
/// <param name="Loss">Scalar, detached, where the model is.</param>
/// <param name="Auxiliary">Something for <see cref="TrainingTask.AfterStep"/>, detached; or null.</param>
public sealed record MicroBatchLoss(Tensor Loss, Tensor? Auxiliary = null);
