using System.Diagnostics;
using PgmCluster.Data;
using PgmCluster.Execution.Devices;
using PgmCluster.Execution.Faults;
using PgmCluster.Execution.Gangs;
using PgmCluster.Execution.Inputs;
using PgmCluster.Execution.Metering;
using PgmCluster.Execution.Models;
using PgmCluster.Execution.Runs;
using PgmCluster.Execution.Specifications;
using PgmCluster.Execution.Wire;
using PgmCluster.Execution.Work;
using PgmCluster.Modeling.Optimization;
using PgmCluster.Modeling.Randomness;
using PgmCluster.Modeling.Runtime;
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
    private readonly ExampleSplit _split;
    private readonly StepExamples _examples;
    private readonly LearningRateSchedule _schedule;
    private readonly ComputeLanes _lanes;
    private readonly LaneState[] _laneStates;
    private readonly WeightUpdate _update;
    private readonly InputsAhead _inputs;
    private readonly StepMeter _meter;

    /// <param name="specification">The run's.</param>
    /// <param name="task">Model and data.</param>
    /// <param name="state">What steps change.</param>
    /// <param name="cores">Cores to use; changes no result.</param>
    /// <param name="device">The device's name; the tensors are where the task's model is.</param>
    public TrainingStep(TrainingSpecification specification, TrainingTask task, TrainingState state, int cores = 1, string device = "cpu:0")
        : this(specification, task, state, cores, device, MachineLimits.Current.CacheBytes)
    {
    }

    /// <param name="specification">The run's.</param>
    /// <param name="task">Model and data.</param>
    /// <param name="state">What steps change.</param>
    /// <param name="cores">Cores to use; changes no result.</param>
    /// <param name="device">The device's name; the tensors are where the task's model is.</param>
    /// <param name="bytesAhead">What inputs may take that are made before their turn; changes no result.</param>
    internal TrainingStep(
        TrainingSpecification specification, TrainingTask task, TrainingState state, int cores, string device, long bytesAhead)
    {
        (_specification, _task, _state) = (specification, task, state);
        var t = specification.Training;
        _split = new ExampleSplit(specification, task);
        _examples = new StepExamples(specification, _split);
        _schedule = new LearningRateSchedule(t.LearningRate, t.WarmUp, t.Steps, t.DecayShare);
        _lanes = new ComputeLanes(LanesOf(specification, cores, device), specification.Numerics.Threads, device);
        _laneStates = [.. Enumerable.Range(0, _lanes.Count)
            .Select(i => new LaneState(i == 0 ? null : task.Replicate(), task, state.Parameters))];
        _update = new WeightUpdate(state, _lanes);
        _meter = new StepMeter(device);
        _inputs = new InputsAhead(PreparingThreads.For(device, _lanes.Count), bytesAhead, $"pgm-{device}-inputs");
    }

    /// <summary>
    /// Micro-batches that are computed at a time. A power of two, so that each lane's range of leaves is a whole subtree.
    /// </summary>
    internal static int LanesOf(TrainingSpecification specification, int cores, string device)
    {
        var lanes = 1;
        if (ComputeDevice.IsBesideCpu(device)) return lanes;
        while (lanes * 2 <= Math.Min(cores / specification.Numerics.Threads, specification.Training.MicroBatches)) lanes *= 2;
        return lanes;
    }

    /// <summary>Does the state's next step, alone.</summary>
    /// <exception cref="WorkDivergedException">Loss or gradient is not finite; the state is unchanged.</exception>
    public StepMetrics Run()
    {
        using var scope = NewDisposeScope();
        var t = _specification.Training;
        _meter.Begin();
        var work = Compute(0, t.MicroBatches, null);
        _meter.Computed(_lanes.Count);
        foreach (var tensor in work.Auxiliaries.Concat(work.Losses))
        {
            if (tensor is not null) scope.Attach(tensor);
        }
        var metrics = Apply(stack(work.Losses), work.Auxiliaries, _update.Reduce(Sums(), 1.0 / t.MicroBatches));
        TellMeter(t.MicroBatches);
        return metrics;
    }

    /// <summary>
    /// Does the state's next step together with the others of a gang: this member computes its share of the micro-batches, and all apply
    /// the same.
    /// </summary>
    /// <param name="gang">The present generation.</param>
    /// <param name="exchange">Sums the gradients.</param>
    /// <param name="leaving">This member goes after the step.</param>
    /// <param name="changeWanted">The gang is to form again after the step.</param>
    /// <exception cref="WorkDivergedException">Loss or gradient is not finite, or the members' weights differ; the state is
    /// unchanged.</exception>
    /// <exception cref="GangBrokenException">A peer was lost; the state is unchanged.</exception>
    public GangStep Run(Gang gang, GradientExchange exchange, bool leaving, bool changeWanted)
    {
        using var scope = NewDisposeScope();
        var (t, step) = (_specification.Training, _state.Step);
        FaultPoint.Reached("begin", rank: gang.Rank, step: step, subject: _state.Parameters.Values);
        _meter.Begin();
        var digest = gang.DueDigest(_state);
        var (first, end) = exchange.Plan.Leaves[gang.Rank];
        var work = Compute(first, end, exchange);
        var head = new StepHead
        {
            Leaving = leaving,
            ChangeWanted = changeWanted,
            Digest = digest,
            // Members tell each other their losses before they know the gradient.
            Losses = [.. HostRead.Values<float>(stack(work.Losses)).Select(loss => (double)loss)],
            Auxiliaries = [.. work.Auxiliaries.Select(a => a is null ? null : StepHead.Pack(a))],
        };
        foreach (var tensor in work.Auxiliaries.Concat(work.Losses)) tensor?.Dispose();
        _meter.Computed(_lanes.Count);
        FaultPoint.Reached("exchange", rank: gang.Rank, step: step);
        var heads = exchange.Run(step, _update.Join(Sums()), head, 1.0 / t.MicroBatches);
        _meter.Exchanged();
        WeightDigest.Compare(gang.Seat, step, digest, heads);
        FaultPoint.Reached("commit", rank: gang.Rank, step: step);
        var auxiliaries = heads.SelectMany(h => h.Auxiliaries).Select(
            a => a is null ? null : StepHead.Unpack(a, _state.Parameters.Values.device)).ToArray();
        var losses = tensor(heads.SelectMany(h => h.Losses).Select(loss => (float)loss).ToArray(), device: _state.Parameters.Values.device);
        var metrics = Apply(losses, auxiliaries, _update.Norm());
        TellMeter(end - first);
        FaultPoint.Reached("committed", rank: gang.Rank, step: step);
        return new GangStep(metrics, [.. Enumerable.Range(0, heads.Count).Where(r => heads[r].Leaving)], heads.Any(h => h.ChangeWanted));
    }

    /// <summary>
    /// Mean loss of the held-out examples with the present weights. Changes nothing; every call draws the same masks and partitions.
    /// </summary>
    public double Validate()
    {
        var t = _specification.Training;
        var perBatch = t.BatchSize / t.MicroBatches;
        var sums = new double[(t.ValidationExamples + perBatch - 1) / perBatch];
        _lanes.Run(sums.Length, (batch, lane) =>
        {
            using var scope = NewDisposeScope();
            using var _ = no_grad();
            var indices = _split.HeldOut.Slice(batch * perBatch, Math.Min(perBatch, t.ValidationExamples - batch * perBatch));
            using var inputs = _laneStates[lane].Task.MakeInputs(indices.Length);
            inputs.Fill(indices, RandomStream.Of(_specification.Seed, RandomPurpose.Validation, batch), training: false);
            sums[batch] = indices.Length * (double)HostRead.Scalar<float>(_laneStates[lane].Task.ValidationLoss(inputs));
        });
        return sums.Sum() / t.ValidationExamples;
    }

    public void Dispose()
    {
        _inputs.Dispose();
        _lanes.Dispose();
        _update.Dispose();
        foreach (var lane in _laneStates) lane.Dispose();
    }

    /// <summary>Losses and gradients of a range of the step's micro-batches; the sums stand in the lanes' trees.</summary>
    private (Tensor[] Losses, Tensor?[] Auxiliaries) Compute(int first, int end, GradientExchange? exchange)
    {
        var (t, step) = (_specification.Training, _state.Step);
        var indices = _examples.Of(step);
        AskFor(step, indices, first, end);
        var losses = new Tensor[end - first];
        var auxiliaries = new Tensor?[end - first];
        for (var lane = 0; lane < _laneStates.Length; lane++) _laneStates[lane].Tree.Clear(first + _lanes.FirstPart(end - first, lane));
        _lanes.Run(end - first, (part, lane) =>
        {
            (losses[part], auxiliaries[part]) = RunLeaf(step, first + part, indices, _laneStates[lane]);
            // What later leaves add nothing to can travel while they are computed.
            if (exchange is not null && _lanes.Count == 1 && part < end - first - 1) exchange.LeafDone(step, _laneStates[lane].Tree);
        });
        return (losses, auxiliaries);
    }

    private IReadOnlyList<(TreeNode Node, Tensor Sum)> Sums() => [.. _laneStates.SelectMany(lane => lane.Tree.Nodes)];

    /// <summary>
    /// From the gradients to the next state. A function of what all leaves gave, in their order. Whether all numbers are finite is found
    /// out and heeded on the device; the host reads once, at the end.
    /// </summary>
    /// <param name="losses">F32 [V]</param>
    /// <param name="auxiliaries">One per leaf.</param>
    /// <param name="norm">F64 scalar</param>
    private StepMetrics Apply(Tensor losses, Tensor?[] auxiliaries, Tensor norm)
    {
        var (t, step) = (_specification.Training, _state.Step);
        var rate = _schedule.At(step);
        var foundInf = losses.isfinite().all().logical_and(norm.isfinite()).logical_not().to_type(float32);
        var clipScale = GradientNorm.Scale(norm, t.ClipNorm);
        var numbers = cat([losses.to_type(float64), norm.view(1)]);
        // The managed optimizer cannot be told on the device, so the host must know first.
        if (!_state.Optimizer.IsFused) Check(step, numbers = HostRead.Copy(numbers));
        _update.Apply(clipScale, rate, _state.Optimizer.IsFused ? foundInf : null);
        var read = Check(step, numbers);
        _task.AfterStep(step, auxiliaries);
        _state.Step = step + 1;
        return new StepMetrics(step, GradientTree.SumOf(read[..^1]) / t.MicroBatches, read[^1], rate);
    }

    private static double[] Check(long step, Tensor numbers)
    {
        var read = HostRead.Values<double>(numbers);
        for (var leaf = 0; leaf < read.Length - 1; leaf++)
        {
            if (!double.IsFinite(read[leaf])) throw Diverged($"The loss became {read[leaf]} at step {step}, micro-batch {leaf}.");
        }
        if (!double.IsFinite(read[^1])) throw Diverged($"The gradient's norm became {read[^1]} at step {step}.");
        return read;
    }

    /// <summary>
    /// Has the inputs of this step and, while it is computed, those of the next made: of the same micro-batches, unless the gang forms
    /// again.
    /// </summary>
    private void AskFor(long step, int[] indices, int first, int end)
    {
        _inputs.Keep((s, leaf) => (s == step || s == step + 1) && leaf >= first && leaf < end);
        for (var leaf = first; leaf < end; leaf++) _inputs.Ask(step, leaf, MakeInputs, Filling(step, leaf, indices));
        if (step + 1 >= _specification.Training.Steps) return;
        var next = _examples.Of(step + 1);
        for (var leaf = first; leaf < end; leaf++) _inputs.Ask(step + 1, leaf, MakeInputs, Filling(step + 1, leaf, next));
    }

    private int ExamplesPerLeaf => _specification.Training.BatchSize / _specification.Training.MicroBatches;

    private BatchInputs MakeInputs() => _task.MakeInputs(ExamplesPerLeaf);

    private Action<BatchInputs> Filling(long step, int leaf, int[] indices) => inputs => inputs.Fill(
        indices.AsSpan(leaf * ExamplesPerLeaf, ExamplesPerLeaf),
        RandomStream.Of(_specification.Seed, RandomPurpose.MicroBatch, step, leaf), training: true,
        progress: step / (double)_specification.Training.Steps);

    private (Tensor Loss, Tensor? Auxiliary) RunLeaf(long step, int leaf, int[] indices, LaneState lane)
    {
        using var scope = NewDisposeScope();
        var asked = Stopwatch.GetTimestamp();
        using var inputs = _inputs.Take(step, leaf, MakeInputs, Filling(step, leaf, indices));
        _meter.InputsTaken(asked);
        lane.Gradients.zero_();
        var loss = lane.Task.Backward(inputs);
        lane.Tree.Add(lane.Gradients);
        return (loss.Loss.DetachFromDisposeScope(), loss.Auxiliary?.DetachFromDisposeScope());
    }

    private void TellMeter(int leaves)
    {
        var images = (long)leaves * ExamplesPerLeaf;
        _meter.Updated(images, images * _task.TokensPerExample);
    }

    private static WorkDivergedException Diverged(string what) =>
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
