using PgmCluster.Data;
using PgmCluster.Execution.Devices;
using PgmCluster.Execution.Specifications;
using PgmCluster.Execution.Work;
using PgmCluster.Modeling.Optimization;
using PgmCluster.Modeling.Randomness;
using PgmCluster.Modeling.Weights;
using static TorchSharp.torch;

namespace PgmCluster.Execution.Training;

/// <summary>
/// One optimizer step as a pure function of the state before it: which examples, which draws and which order of additions depend on
/// (seed, step, micro-batch) alone. The micro-batches are spread over lanes; each lane sums its range of leaves, and the ranges' sums
/// are the inner nodes of the same canonical tree.
/// </summary>
public sealed class TrainingStep : IDisposable
{
    private readonly TrainingSpecification _specification;
    private readonly TrainingTask _task;
    private readonly TrainingState _state;
    private readonly DataOrder _order;
    private readonly LearningRateSchedule _schedule;
    private readonly ComputeLanes _lanes;
    private readonly LaneState[] _laneStates;
    private readonly WeightUpdate _update;

    /// <param name="specification">The run's.</param>
    /// <param name="task">Model and data.</param>
    /// <param name="state">What steps change.</param>
    /// <param name="cores">Cores to use; changes no result.</param>
    /// <param name="device">The device's name.</param>
    public TrainingStep(TrainingSpecification specification, TrainingTask task, TrainingState state, int cores = 1, string device = "cpu:0")
    {
        (_specification, _task, _state) = (specification, task, state);
        var t = specification.Training;
        if (task.Examples <= t.ValidationExamples)
            throw new BadInputException($"Holding out {t.ValidationExamples} examples for validation: the data has {task.Examples} in all. Lower training.validationExamples.");
        _order = new DataOrder(specification.Seed, task.Examples - t.ValidationExamples);
        _schedule = new LearningRateSchedule(t.LearningRate, t.WarmUp, t.Steps, t.DecayShare);
        // A power of two, so that each lane's range of leaves is a whole subtree.
        var lanes = 1;
        while (lanes * 2 <= Math.Min(cores / specification.Numerics.Threads, t.MicroBatches)) lanes *= 2;
        _lanes = new ComputeLanes(lanes, specification.Numerics.Threads, device);
        _laneStates = [.. Enumerable.Range(0, lanes).Select(i => new LaneState(i == 0 ? null : task.Replicate(), task, state.Parameters))];
        _update = new WeightUpdate(state, _lanes);
    }

    /// <summary>Does the state's next step.</summary>
    /// <exception cref="WorkDivergedException">Loss or gradient is not finite; the state is unchanged.</exception>
    public StepMetrics Run()
    {
        using var scope = NewDisposeScope();
        var (t, step) = (_specification.Training, _state.Step);
        var indices = new int[t.BatchSize];
        for (var i = 0; i < indices.Length; i++) indices[i] = _order[step * t.BatchSize + i];
        var losses = new double[t.MicroBatches];
        var asides = new Tensor?[t.MicroBatches];
        foreach (var lane in _laneStates) lane.Tree.Clear();
        _lanes.Run(t.MicroBatches, (leaf, lane) => RunLeaf(step, leaf, indices, _laneStates[lane], losses, asides));
        foreach (var aside in asides)
        {
            if (aside is not null) scope.Attach(aside);
        }
        for (var leaf = 0; leaf < losses.Length; leaf++)
        {
            if (!double.IsFinite(losses[leaf])) throw Diverged(step, $"The loss became {losses[leaf]} at step {step}, micro-batch {leaf}.");
        }
        var norm = _update.Reduce([.. _laneStates.Select(lane => lane.Tree.Sum)], 1.0 / t.MicroBatches);
        if (!double.IsFinite(norm)) throw Diverged(step, $"The gradient's norm became {norm} at step {step}.");
        var rate = _schedule.At(step);
        _update.Apply(GradientNorm.Scale(norm, t.ClipNorm), rate);
        _task.AfterStep(step, asides);
        _state.Step = step + 1;
        return new StepMetrics(step, GradientTree.SumOf(losses) / t.MicroBatches, norm, rate);
    }

    /// <summary>Mean loss of the held-out examples with the present weights. Changes nothing; every call draws the same masks and partitions.</summary>
    public double Validate()
    {
        var t = _specification.Training;
        var perBatch = t.BatchSize / t.MicroBatches;
        var first = _task.Examples - t.ValidationExamples;
        var sums = new double[(t.ValidationExamples + perBatch - 1) / perBatch];
        _lanes.Run(sums.Length, (batch, lane) =>
        {
            using var scope = NewDisposeScope();
            using var _ = no_grad();
            using var generator = DerivedSeed.Generator(_specification.Seed, RandomPurpose.Validation, batch);
            var indices = Enumerable.Range(first + batch * perBatch, Math.Min(perBatch, t.ValidationExamples - batch * perBatch)).ToArray();
            sums[batch] = indices.Length * (double)_laneStates[lane].Task.ValidationLoss(indices, generator).item<float>();
        });
        return sums.Sum() / t.ValidationExamples;
    }

    public void Dispose()
    {
        _lanes.Dispose();
        foreach (var lane in _laneStates) lane.Dispose();
    }

    private void RunLeaf(long step, int leaf, int[] indices, LaneState lane, double[] losses, Tensor?[] asides)
    {
        using var scope = NewDisposeScope();
        var perLeaf = _specification.Training.BatchSize / _specification.Training.MicroBatches;
        using var generator = DerivedSeed.Generator(_specification.Seed, RandomPurpose.MicroBatch, step, leaf);
        lane.Gradients.zero_();
        var loss = lane.Task.Loss(indices.AsSpan(leaf * perLeaf, perLeaf), generator);
        loss.Loss.backward();
        losses[leaf] = loss.Loss.item<float>();
        asides[leaf] = loss.Aside?.DetachFromDisposeScope();
        lane.Tree.Add(lane.Gradients);
    }

    private static WorkDivergedException Diverged(long step, string what) =>
        new($"{what} The last checkpoint is good: lower training.learningRate in a new run.");

    /// <summary>What a lane has for itself: a model over the shared values, gradients, and the sum of its leaves.</summary>
    private sealed class LaneState : IDisposable
    {
        private readonly TrainingTask? _replica;
        private readonly FlatParameters? _parameters;

        public LaneState(TrainingTask? replica, TrainingTask main, FlatParameters mainParameters)
        {
            _replica = replica;
            _parameters = replica is null ? null : FlatParameters.Replica(StateDict.Of(replica.Model), mainParameters);
            Task = replica ?? main;
            Gradients = (_parameters ?? mainParameters).Gradients;
            Tree = new GradientTree(mainParameters.Length, mainParameters.Values.device);
        }

        public TrainingTask Task { get; }

        public Tensor Gradients { get; }

        public GradientTree Tree { get; }

        public void Dispose()
        {
            Tree.Dispose();
            _parameters?.Dispose();
            _replica?.Dispose();
        }
    }
}
