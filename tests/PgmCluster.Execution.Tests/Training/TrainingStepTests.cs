using PgmCluster.Execution.Models;
using PgmCluster.Execution.Runs;
using PgmCluster.Execution.Specifications;
using PgmCluster.Execution.Training;
using PgmCluster.Execution.Work;
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
        var before = Tensor.TotalCount;
        for (var i = 0; i < 200; i++) step.Run();
        Assert.Equal(before, Tensor.TotalCount);
    }

    [Fact]
    public void Run_LossBecomesNaN_NamesStepAndMicroBatchAndChangesNothing()
    {
        using var runs = new TestRuns();
        var specification = SpecificationJson.Parse(TestRuns.Work("classifier", 10).Specification);
        using var task = new SpoiledTask();
        using var state = new TrainingState(task.Model, specification.Training, specification.Numerics);
        using var step = new TrainingStep(specification, task, state);
        var before = state.Weights.Sha256();
        var diverged = Assert.Throws<WorkDivergedException>(() => step.Run());
        Assert.Contains("step 0, micro-batch 1", diverged.Message);
        Assert.Equal(before, state.Weights.Sha256());
        Assert.Equal(0, state.Step);
    }

    /// <summary>Its second micro-batch gives NaN.</summary>
    private sealed class SpoiledTask : TrainingTask
    {
        private readonly Modeling.Blocks.LinearLayer _model = new(2, 1);
        private int _calls;

        public override nn.Module Model => _model;

        public override int Examples => 8;

        public override TrainingTask Replicate() => throw new NotSupportedException();

        public override Tensor ValidationLoss(ReadOnlySpan<int> indices, Generator generator) => throw new NotSupportedException();

        public override MicroBatchLoss Loss(ReadOnlySpan<int> indices, Generator generator) =>
            new(_model.Forward(ones(1, 2)).sum() * (++_calls == 2 ? float.NaN : 1));
    }
}
