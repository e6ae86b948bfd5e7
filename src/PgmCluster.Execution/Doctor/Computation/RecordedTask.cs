using PgmCluster.Execution.Inputs;
using PgmCluster.Execution.Models;
using PgmCluster.Modeling.Masking;
using PgmCluster.Modeling.Randomness;
using PgmCluster.Modeling.Weights;
using static TorchSharp.torch;

namespace PgmCluster.Execution.Doctor.Computation;

/// <summary>
/// Training on recorded batches with recorded draws, in their order: one micro-batch a step, whichever examples the step asks for.
/// </summary>
/// <param name="model">Not disposed here.</param>
/// <param name="steps">Recorded steps.</param>
/// <param name="labelDrop">Probability that a label is dropped.</param>
/// <param name="masking">Curve of the draws.</param>
internal class RecordedTask(RecordedModel model, int steps, double labelDrop, MaskingSchedule masking) : TrainingTask
{
    private long _next;

    public override nn.Module Model => model.Module;

    public override int Examples { get; } = steps * (int)model.File["curve.y"].Shape[1];

    public override int Label(int index) => 0;

    public override BatchInputs MakeInputs(int count) => new NoInputs();

    public override MicroBatchLoss Backward(BatchInputs inputs)
    {
        using var scope = NewDisposeScope();
        var step = _next++;
        // Comparisons of draws decide what the model sees, so they are made where they were recorded.
        Tensor Recorded(string name) => WeightsFile.Read(model.File, "curve." + name)[step];
        var device = model.Module.Device;
        var loss = model.Backward(
            Recorded("code").to(device), Recorded("u_mask").to(device), masking.MaskRatio(Recorded("r")).to(device),
            Recorded("y").to(device), Recorded("u_drop").lt(labelDrop).to(device));
        return new MicroBatchLoss(loss.MoveToOuterDisposeScope());
    }

    public override Tensor ValidationLoss(BatchInputs inputs) =>
        throw new NotSupportedException("Nothing is held out of recorded batches.");

    public override TrainingTask Replicate() =>
        throw new NotSupportedException("Recorded batches are trained on in their order, by one lane.");

    // The model is the caller's.
    public override void Dispose() => GC.SuppressFinalize(this);

    /// <summary>The recorded batches are the inputs.</summary>
    private sealed class NoInputs : BatchInputs
    {
        public override long Bytes => 0;

        public override void Dispose() { }

        protected override void FillWith(ReadOnlySpan<int> indices, RandomStream draws, bool training, double progress) { }
    }
}
