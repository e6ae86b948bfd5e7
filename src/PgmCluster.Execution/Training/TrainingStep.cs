using PgmCluster.Execution.Specifications;
using PgmCluster.Execution.Work;
using PgmCluster.Modeling.Optimization;
using PgmCluster.Modeling.Randomness;
using static TorchSharp.torch;

namespace PgmCluster.Execution.Training;

/// <summary>
/// One optimizer step as a pure function of the state before it: which examples, which draws and which order of additions depend on
/// (seed, step, micro-batch) alone.
/// </summary>
public sealed class TrainingStep : IDisposable
{
    private readonly TrainingSpecification _specification;
    private readonly TrainingTask _task;
    private readonly TrainingState _state;
    private readonly DataOrder _order;
    private readonly GradientTree _tree;
    private readonly LearningRateSchedule _schedule;

    public TrainingStep(TrainingSpecification specification, TrainingTask task, TrainingState state)
    {
        (_specification, _task, _state) = (specification, task, state);
        var t = specification.Training;
        _order = new DataOrder(specification.Seed, task.Examples);
        _tree = new GradientTree(state.Parameters.Length, state.Parameters.Values.device);
        _schedule = new LearningRateSchedule(t.LearningRate, t.WarmUp, t.Steps, t.DecayShare);
    }

    /// <summary>Does the state's next step.</summary>
    /// <exception cref="WorkDivergedException">Loss or gradient is not finite; the state is unchanged.</exception>
    public StepMetrics Run()
    {
        using var scope = NewDisposeScope();
        var (t, step) = (_specification.Training, _state.Step);
        var perLeaf = t.BatchSize / t.MicroBatches;
        var indices = new int[perLeaf];
        var losses = new double[t.MicroBatches];
        var asides = new Tensor?[t.MicroBatches];
        for (var leaf = 0; leaf < t.MicroBatches; leaf++)
        {
            using var leafScope = NewDisposeScope();
            for (var i = 0; i < perLeaf; i++) indices[i] = _order[step * t.BatchSize + leaf * perLeaf + i];
            using var generator = DerivedSeed.Generator(_specification.Seed, RandomPurpose.MicroBatch, step, leaf);
            _state.Parameters.Gradients.zero_();
            var loss = _task.Loss(indices, generator);
            loss.Loss.backward();
            losses[leaf] = loss.Loss.item<float>();
            if (!double.IsFinite(losses[leaf]))
                throw new WorkDivergedException($"The loss became {losses[leaf]} at step {step}, micro-batch {leaf}. The last checkpoint is good: lower training.learningRate in a new run.");
            asides[leaf] = loss.Aside?.MoveToOuterDisposeScope();
            _tree.Add(_state.Parameters.Gradients);
        }
        _tree.Root(_state.Parameters.Gradients, 1.0 / t.MicroBatches);
        var norm = GradientNorm.Clip(_state.Parameters.Gradients, t.ClipNorm);
        if (!double.IsFinite(norm))
            throw new WorkDivergedException($"The gradient's norm became {norm} at step {step}. The last checkpoint is good: lower training.learningRate in a new run.");
        var rate = _schedule.At(step);
        _state.Optimizer.Step(step, rate);
        _state.Average?.Update();
        _task.AfterStep(step, asides);
        _state.Step = step + 1;
        return new StepMetrics(step, GradientTree.Sum(losses) / t.MicroBatches, norm, rate);
    }

    public void Dispose() => _tree.Dispose();
}
