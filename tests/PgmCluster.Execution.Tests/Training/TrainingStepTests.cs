using PgmCluster.Execution.Devices;
using PgmCluster.Execution.Inputs;
using PgmCluster.Execution.Models;
using PgmCluster.Execution.Runs;
using PgmCluster.Execution.Specifications;
using PgmCluster.Execution.Tests.Inputs;
using PgmCluster.Execution.Training;
using PgmCluster.Execution.Work;
using PgmCluster.Modeling.Optimization;
using PgmCluster.Modeling.Randomness;
using TorchSharp;
using static TorchSharp.torch;

namespace PgmCluster.Execution.Tests.Training;

[Collection(nameof(Alone))]
public class TrainingStepTests
{
    /// <summary>Live tensors are counted per process, so nothing else may run meanwhile.</summary>
    [CollectionDefinition(nameof(Alone), DisableParallelization = true)]
    public sealed class Alone;

    [Theory]
    [InlineData("tokenizer", 1)]
    [InlineData("classifier", 2)]
    public void Run_TwoHundredSteps_LiveTensorsDoNotGrow(string kind, int cores)
    {
        using var runs = new TestRuns();
        var work = TestRuns.Work(kind, 300, new Dictionary<string, string> { ["training.batchSize"] = "4" });
        var specification = SpecificationJson.Parse(work.Specification);
        using var task = ModelKinds.Get(kind).CreateTask(specification, work, runs.Context());
        using var state = new TrainingState(task.Model, specification.Training, specification.Numerics);
        using var step = new TrainingStep(specification, task, state, cores);
        for (var i = 0; i < 20; i++) step.Run();
        // What earlier tests left to the collector is not to go meanwhile.
        GC.Collect();
        GC.WaitForPendingFinalizers();
        var before = Tensor.TotalCount;
        for (var i = 0; i < 200; i++) step.Run();
        Assert.Equal(before, Tensor.TotalCount);
    }

    /// <summary>The fused optimizer is told on the device, before the host knows; the managed one is not asked.</summary>
    [Theory]
    [InlineData("fused")]
    [InlineData("managed")]
    public void Run_LossBecomesNaN_NamesStepAndMicroBatchAndChangesNothing(string optimizer)
    {
        using var runs = new TestRuns();
        var set = new Dictionary<string, string> { ["numerics.optimizer"] = optimizer, ["training.emaDecay"] = "0.9" };
        var specification = SpecificationJson.Parse(TestRuns.Work("classifier", 10, set).Specification);
        using var task = new SpoiledTask();
        using var state = new TrainingState(task.Model, specification.Training, specification.Numerics);
        using var step = new TrainingStep(specification, task, state);
        using var scope = NewDisposeScope();
        var before = state.Everything().Select(t => t.clone()).ToArray();
        var diverged = Assert.Throws<WorkDivergedException>(() => step.Run());
        Assert.Contains("step 0, micro-batch 1", diverged.Message);
        Assert.All(before.Zip(state.Everything()), pair => Assert.True(pair.First.eq(pair.Second).all().item<bool>()));
        Assert.Equal(0, state.Step);
    }

    /// <summary>Blocks of a core's cache on CPUs and whole vectors elsewhere are two ways through the same numbers.</summary>
    [Theory]
    [InlineData("fused")]
    [InlineData("managed")]
    public void WeightUpdate_OverWholeVectors_GivesTheBitsOfBlocks(string optimizer)
    {
        using var scope = NewDisposeScope();
        var set = new Dictionary<string, string> { ["numerics.optimizer"] = optimizer, ["training.emaDecay"] = "0.9" };
        var specification = SpecificationJson.Parse(TestRuns.Work("classifier", 10, set).Specification);
        using var lanes = new ComputeLanes(2, 1, "cpu:0");
        (double Norm, Tensor[] State) Run(bool inBlocks)
        {
            using var model = new Modeling.Blocks.LinearLayer(300, 500);
            using var state = new TrainingState(model, specification.Training, specification.Numerics);
            using var update = new WeightUpdate(state, lanes, inBlocks);
            var draws = RandomStream.Of(1, RandomPurpose.MicroBatch);
            var sums = new[] { draws.Normal(state.Parameters.Length), draws.Normal(state.Parameters.Length) };
            var norm = update.Reduce([(new TreeNode(0, 0), sums[0]), (new TreeNode(0, 1), sums[1])], 0.5);
            update.Apply(GradientNorm.Scale(norm, 1), 1e-3, optimizer == "fused" ? zeros([], dtype: float32) : null);
            return (norm.item<double>(), [.. state.Everything().Select(t => t.clone())]);
        }
        var (blocks, whole) = (Run(true), Run(false));
        Assert.Equal(blocks.Norm, whole.Norm);
        Assert.All(blocks.State.Zip(whole.State), pair => Assert.True(pair.First.eq(pair.Second).all().item<bool>()));
    }

    /// <summary>Its second micro-batch gives NaN.</summary>
    private sealed class SpoiledTask : TrainingTask
    {
        private readonly Modeling.Blocks.LinearLayer _model = new(2, 1);
        private int _calls;

        public override nn.Module Model => _model;

        public override int Examples => 8;

        public override int Label(int index) => 0;

        public override TrainingTask Replicate() => throw new NotSupportedException();

        public override Tensor ValidationLoss(BatchInputs inputs) => throw new NotSupportedException();

        public override BatchInputs MakeInputs(int count) => new WatchedInputs();

        public override MicroBatchLoss Backward(BatchInputs inputs)
        {
            using var scope = NewDisposeScope();
            var loss = _model.Forward(ones(1, 2)).sum() * (++_calls == 2 ? float.NaN : 1);
            loss.backward();
            return new MicroBatchLoss(loss.detach().MoveToOuterDisposeScope());
        }
    }
}
