using PgmCluster.Data.Images;
using PgmCluster.Execution.Inputs;
using static TorchSharp.torch;

namespace PgmCluster.Execution.Models;

/// <summary>
/// One kind of training: the model, the data and the loss of a micro-batch. Everything random comes from the draws of its inputs.
/// </summary>
public abstract class TrainingTask : IDisposable
{
    /// <summary>Pictures in a row of <see cref="Preview"/>.</summary>
    public const int PreviewColumns = 8;

    public abstract nn.Module Model { get; }

    /// <summary>Examples in the data.</summary>
    public abstract int Examples { get; }

    /// <summary>Tokens of an example; 0 where it has none.</summary>
    public virtual int TokensPerExample => 0;

    /// <summary>The class of an example; all alike where none is known.</summary>
    public abstract int Label(int index);

    /// <summary>Memory for the inputs of a micro-batch, to be filled and then used once.</summary>
    /// <param name="count">Examples.</param>
    public abstract BatchInputs MakeInputs(int count);

    /// <summary>
    /// Computes the loss of one micro-batch and adds its gradients to the parameters'. Changes no other state of the model, and reads
    /// nothing back.
    /// </summary>
    /// <param name="inputs">Filled for training, with the draws of (run, step, micro-batch).</param>
    public abstract MicroBatchLoss Backward(BatchInputs inputs);

    /// <summary>
    /// The loss of held-out examples as it is in evaluation: no dropout, no dropped labels, no augmentation; masks and partitions are drawn
    /// as in training.
    /// </summary>
    /// <param name="inputs">Not filled for training; the draws are alike in every validation, so that curves compare.</param>
    /// <returns>Scalar, mean over the examples.</returns>
    public abstract Tensor ValidationLoss(BatchInputs inputs);

    /// <summary>
    /// Pictures of how far the model is, a grid of rows of <see cref="PreviewColumns"/>; null for models that make none. Changes nothing,
    /// draws the same each time.
    /// </summary>
    public virtual IReadOnlyList<RgbImage>? Preview() => null;

    /// <summary>Another task over the same data, for a second lane; its parameters are about to be replaced by this one's.</summary>
    public abstract TrainingTask Replicate();

    /// <summary>
    /// Called after the optimizer's step with what <see cref="Backward"/> put aside, in the micro-batches' order: the place for buffers.
    /// </summary>
    /// <param name="step">The step just done, from 0.</param>
    /// <param name="auxiliaries">One per micro-batch; null where there was none.</param>
    public virtual void AfterStep(long step, IReadOnlyList<Tensor?> auxiliaries) { }

    public virtual void Dispose()
    {
        Model.Dispose();
        GC.SuppressFinalize(this);
    }
}
