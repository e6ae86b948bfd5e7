using PgmCluster.Data;
using PgmCluster.Execution.Inputs;
using PgmCluster.Execution.Models;
using PgmCluster.Execution.Runs;
using PgmCluster.Execution.Specifications;
using PgmCluster.Execution.Training;
using PgmCluster.Modeling.Randomness;
using TorchSharp;
using static TorchSharp.torch;

namespace PgmCluster.Execution.Tests.Inputs;

/// <summary>What is made before its turn is what would have been made in it; only sooner.</summary>
public class InputsAheadTests
{
    private static readonly TimeSpan Deadlock = TimeSpan.FromMinutes(1);

    public static TheoryData<string> Kinds => new(ModelKinds.All.Select(k => k.Name));

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Run_InputsMadeAheadAndNot_GivesTheSameBits(string kind)
    {
        using var runs = new TestRuns();
        var tokens = ModelKinds.Get(kind).NeedsTokens;
        var set = new Dictionary<string, string> { ["training.microBatches"] = "4", ["training.emaDecay"] = "0.9" };
        if (!tokens) (set["data.randomFlip"], set["data.randomShift"]) = ("true", "2");
        var work = TestRuns.Work(kind, 4, set, tokens ? [runs.Tokens(64)] : null);
        var specification = SpecificationJson.Parse(work.Specification);
        string Hash(long ahead, int cores)
        {
            using var task = ModelKinds.Get(kind).CreateTask(specification, work, runs.Context());
            using var state = new TrainingState(task.Model, specification.Training, specification.Numerics);
            using var step = new TrainingStep(specification, task, state, cores, "cpu:0", ahead);
            for (var i = 0; i < 4; i++) step.Run();
            return state.Weights.Sha256() + state.OptimizerSha256();
        }

        var inTurn = Hash(0, 1);

        Assert.Equal(inTurn, Hash(1 << 30, 1));
        Assert.Equal(inTurn, Hash(1 << 30, 2));
        // Room for one micro-batch at a time.
        Assert.Equal(inTurn, Hash(1, 2));
    }

    [Fact]
    public void Run_AStep_MakesTheNextOnesInputsMeanwhile()
    {
        using var second = new ManualResetEventSlim();
        // As many examples as two steps take, so the second step's are those that the first has not.
        HashSet<int>? first = null;
        using var training = new Watched(steps: 2, filling: indices =>
        {
            lock (second)
            {
                first ??= [.. indices];
                if (!first.Overlaps(indices)) second.Set();
            }
        }, computing: () => Assert.True(second.Wait(Deadlock), "The second step's inputs were not begun while the first was computed."));

        training.Step.Run();
    }

    [Fact]
    public void Run_InputsOfALaterStepCannotBeMade_FailsThereWithThatError()
    {
        var made = 0;
        using var training = new Watched(steps: 3, filling: _ =>
        {
            if (Interlocked.Increment(ref made) == 2) throw new BadInputException("Reading b.png: it is damaged.");
        });

        training.Step.Run();
        var failure = Assert.Throws<BadInputException>(training.Step.Run);

        Assert.Equal("Reading b.png: it is damaged.", failure.Message);
        Assert.Equal(1, training.State.Step);
        Assert.All(training.Made[..2], inputs => Assert.True(inputs.IsDisposed));
    }

    [Fact]
    public async Task Dispose_InputsAreBeingMade_WaitsForThemAndLeavesNone()
    {
        using var begun = new ManualResetEventSlim();
        using var goOn = new ManualResetEventSlim();
        var made = 0;
        var training = new Watched(steps: 3, filling: _ =>
        {
            if (Interlocked.Increment(ref made) < 2) return;
            begun.Set();
            Assert.True(goOn.Wait(Deadlock));
        });
        training.Step.Run();
        Assert.True(begun.Wait(Deadlock));

        var disposal = Task.Run(training.Dispose);
        goOn.Set();
        await disposal.WaitAsync(Deadlock);

        Assert.All(training.Made, inputs => Assert.True(inputs is { IsDisposed: true, WasTornAway: false }));
    }

    [Fact]
    public void Keep_AfterTheGangFormedAgain_OtherInputsAreGivenUpAndTheirRoomIsFree()
    {
        using var ahead = new InputsAhead(1, limit: 2, "test");
        var made = new List<WatchedInputs>();
        WatchedInputs Make()
        {
            made.Add(new WatchedInputs());
            return made[^1];
        }
        void Fill(BatchInputs inputs) => inputs.Fill([1], RandomStream.Of(1, RandomPurpose.MicroBatch), true);
        for (var leaf = 0; leaf < 3; leaf++) ahead.Ask(7, leaf, Make, Fill);
        Assert.Equal(2, made.Count);

        ahead.Keep((step, leaf) => step == 7 && leaf == 1);
        ahead.Ask(7, 5, Make, Fill);

        Assert.Equal([true, false, false], made.Select(m => m.IsDisposed));
        using var taken = ahead.Take(7, 1, Make, Fill);
        Assert.Same(made[1], taken);
        using var other = ahead.Take(7, 0, Make, Fill);
        Assert.Same(made[3], other);
    }

    /// <summary>Training of nothing much, one micro-batch a step.</summary>
    private sealed class Watched : IDisposable
    {
        private readonly WatchedTask _task;

        public Watched(int steps, Action<int[]> filling, Action? computing = null)
        {
            var set = new Dictionary<string, string> { ["training.microBatches"] = "1", ["training.batchSize"] = "4" };
            var specification = SpecificationJson.Parse(TestRuns.Work("classifier", steps, set).Specification);
            _task = new WatchedTask(filling, computing);
            State = new TrainingState(_task.Model, specification.Training, specification.Numerics);
            Step = new TrainingStep(specification, _task, State);
        }

        public TrainingStep Step { get; }

        public TrainingState State { get; }

        public List<WatchedInputs> Made => _task.Made;

        public void Dispose()
        {
            Step.Dispose();
            State.Dispose();
            _task.Dispose();
        }
    }

    private sealed class WatchedTask(Action<int[]> filling, Action? computing) : TrainingTask
    {
        private readonly Modeling.Blocks.LinearLayer _model = new(2, 1);

        public List<WatchedInputs> Made { get; } = [];

        public override nn.Module Model => _model;

        public override int Examples => 8;

        public override int Label(int index) => 0;

        public override BatchInputs MakeInputs(int count)
        {
            var inputs = new WatchedInputs(filling);
            Made.Add(inputs);
            return inputs;
        }

        public override MicroBatchLoss Backward(BatchInputs inputs)
        {
            using var scope = NewDisposeScope();
            _ = inputs.Draws;
            computing?.Invoke();
            var loss = _model.Forward(ones([1, 2], device: CPU)).sum();
            loss.backward();
            return new MicroBatchLoss(loss.detach().MoveToOuterDisposeScope());
        }

        public override Tensor ValidationLoss(BatchInputs inputs) => throw new NotSupportedException();

        public override TrainingTask Replicate() => throw new NotSupportedException();
    }
}
