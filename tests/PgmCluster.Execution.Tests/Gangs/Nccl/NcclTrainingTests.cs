using PgmCluster.Data;
using PgmCluster.Data.Safetensors;
using PgmCluster.Execution.Devices;
using PgmCluster.Execution.Documents;
using PgmCluster.Execution.Gangs;
using PgmCluster.Execution.Gangs.Nccl;
using PgmCluster.Execution.Runs;
using PgmCluster.Execution.Training;
using PgmCluster.Execution.Wire;
using PgmCluster.Execution.Wire.Judging;
using PgmCluster.Execution.Work;
using PgmCluster.Modeling.Weights;
using PgmCluster.TestSupport;
using PgmCluster.TestSupport.Processes;
using static TorchSharp.torch;

namespace PgmCluster.Execution.Tests.Gangs.Nccl;

/// <summary>The path through NCCL, on CPUs and with a stand-in for NCCL itself.</summary>
public class NcclTrainingTests
{
    private const int Steps = 12;
    private static readonly Dictionary<string, string> Exact = new()
    {
        ["training.microBatches"] = "8",
        ["training.emaDecay"] = "0.9",
        ["training.checkpointSeconds"] = "0.05"
    };
    private static readonly Dictionary<string, string> ByNccl = new(Exact)
    {
        ["training.exchange"] = "nccl",
        ["numerics.exactness"] = "relaxed"
    };

    private static readonly Dictionary<string, string> ExactByNccl = new(Exact) { ["training.exchange"] = "exact-nccl" };

    /// <summary>Members compare their weights before every step.</summary>
    private static readonly GangOptions EveryStep = PatientGang.Options with { DigestSteps = 1 };

    [Theory]
    [InlineData("tokenizer", 2)]
    [InlineData("classifier", 2)]
    [InlineData("classifier", 3)]
    public async Task Run_SummedByNccl_AgreesWithTheExactExchange(string kind, int members)
    {
        using var runs = new TestRuns();
        var exact = runs.Train(TestRuns.Work(kind, Steps, Exact, run: "exact"));
        using var place = new MeetingPlace("nccl", EveryStep);
        var nccl = new FakeNccl();
        var channels = Enumerable.Range(0, members).Select(i => place.Add($"worker{i}")).ToArray();

        var outcomes = await Task.WhenAll(channels.Select(c => Start(runs, kind, c, nccl)));

        AssertClose(runs, exact, Assert.Single(outcomes, o => o.Length > 0));
        Assert.Equal((1, Steps, 0, 0), (nccl.Communicators, nccl.Sums, nccl.AbortsOfWaiting, nccl.Left));
    }

    /// <summary>NCCL moves, the members add in the canonical order: no bit depends on how many they are.</summary>
    [Theory]
    [InlineData("tokenizer", 1)]
    [InlineData("tokenizer", 2)]
    [InlineData("classifier", 2)]
    [InlineData("classifier", 3)]
    [InlineData("classifier", 4)]
    public async Task Run_MovedByNccl_HasTheBitsOfOneWorker(string kind, int members)
    {
        using var runs = new TestRuns();
        var alone = runs.Train(TestRuns.Work(kind, Steps, Exact, run: "exact"));
        using var place = new MeetingPlace("nccl", EveryStep);
        var nccl = new FakeNccl();
        var channels = Enumerable.Range(0, members).Select(i => place.Add($"worker{i}")).ToArray();

        var outcomes = await Task.WhenAll(channels.Select(c => Start(runs, kind, c, nccl, set: ExactByNccl)));

        AssertSame(alone, Assert.Single(outcomes, o => o.Length > 0));
        Assert.Equal((members > 1 ? 1 : 0, 0, 0, 0), (nccl.Communicators, nccl.Sums, nccl.AbortsOfWaiting, nccl.Left));
        if (members == 1) return;
        // Each gets from each other one its sums of a segment, and its result.
        Assert.Equal(members * (members - 1), nccl.Moved.Count);
        Assert.All(nccl.Moved.Values, elements => Assert.True(elements > 0));
    }

    /// <summary>A step has two groups: of sums, and of results. Either is done again from the beginning, with the same bits.</summary>
    [Theory]
    [InlineData(10)]
    [InlineData(11)]
    public async Task Run_MemberLostWhileNcclMoves_TheOthersHaveTheSameBits(int group)
    {
        using var runs = new TestRuns();
        var alone = runs.Train(TestRuns.Work("classifier", Steps, Exact, run: "exact"));
        using var place = new MeetingPlace("nccl", EveryStep);
        var nccl = new FakeNccl { IsLost = (rank, number) => (rank, number) == (1, group) };
        var channels = Enumerable.Range(0, 2).Select(i => place.Add($"worker{i}")).ToArray();

        var first = Start(runs, "classifier", channels[0], nccl, set: ExactByNccl);
        var lost = Start(runs, "classifier", channels[1], nccl, set: ExactByNccl);

        Assert.IsType<InvalidOperationException>((await Assert.ThrowsAsync<WorkFaultedException>(() => lost)).InnerException);
        AssertSame(alone, await first);
        Assert.Equal([-1, 5], place.Beginnings);
        Assert.Equal((1, 0), (nccl.AbortsOfWaiting, nccl.Left));
    }

    [Fact]
    public void Run_MovedByNccl_WarnsOfNothing()
    {
        using var runs = new TestRuns();
        var lines = new List<string>();
        var context = new WorkContext { Generation = 1, Device = ComputeDevice.Cpu(), Artifacts = runs.Store, Warn = lines.Add };

        new TrainItem(TestRuns.Work("classifier", 1, ExactByNccl)) { NcclFor = _ => new FakeNccl() }.Run(context);

        Assert.Empty(lines);
    }

    [Fact]
    public async Task Run_MemberLostDuringASum_TheOtherIsLetGoAndGoesOnFromTheSameStep()
    {
        using var runs = new TestRuns();
        var exact = runs.Train(TestRuns.Work("classifier", Steps, Exact, run: "exact"));
        using var place = new MeetingPlace("nccl", EveryStep);
        var nccl = new FakeNccl { IsLost = (rank, number) => (rank, number) == (1, 5) };
        var channels = Enumerable.Range(0, 2).Select(i => place.Add($"worker{i}")).ToArray();

        var first = Start(runs, "classifier", channels[0], nccl);
        var lost = Start(runs, "classifier", channels[1], nccl);

        Assert.IsType<InvalidOperationException>((await Assert.ThrowsAsync<WorkFaultedException>(() => lost)).InnerException);
        AssertClose(runs, exact, await first);
        Assert.Equal([-1, 5], place.Beginnings);
        Assert.Equal((1, 0), (nccl.AbortsOfWaiting, nccl.Left));
    }

    [Fact]
    public async Task Run_MembersJoin_EachGenerationHasACommunicatorOfItsOwn()
    {
        using var runs = new TestRuns();
        using var place = new MeetingPlace("nccl", EveryStep);
        var nccl = new FakeNccl();
        var joined = new TaskCompletionSource<Task<string>>(TaskCreationOptions.RunContinuationsAsynchronously);
        var channels = Enumerable.Range(0, 2).Select(i => place.Add($"worker{i}")).ToArray();
        var first = Start(runs, "classifier", channels[0], nccl, progress: p =>
        {
            if (p.Done != 2) return;
            joined.SetResult(Start(runs, "classifier", place.Add("worker2"), nccl));
            place.AwaitNewcomers(1);
        });
        var second = Start(runs, "classifier", channels[1], nccl);
        var third = await joined.Task;

        Assert.NotEqual("", await first);
        Assert.Equal(("", ""), (await second, await third));
        Assert.Equal((2L, 2, Steps, 0), (place.Generations, nccl.Communicators, nccl.Sums, nccl.Left));
        Assert.Equal(Enumerable.Range(0, Steps).Select(s => (long)s), StepMetricsLog.Read(runs.Store, "nccl").Select(m => m.Step));
    }

    [Fact]
    public async Task Run_SumThatNeverEnds_IsGivenUpAndDoneAgain()
    {
        using var runs = new TestRuns();
        var (time, floor) = (new LeapingTime(), TimeSpan.FromMinutes(10));
        using var place = new MeetingPlace(
            "nccl", PatientGang.Options with { HungFloor = floor, Heartbeat = TimeSpan.FromMilliseconds(20) }, time);
        var endless = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var nccl = new FakeNccl
        {
            IsEndless = (communicator, number) => (communicator, number) == (1, 3) && (endless.TrySetResult() || true),
        };
        var channels = Enumerable.Range(0, 2).Select(i => place.Add($"worker{i}")).ToArray();

        var running = Task.WhenAll(channels.Select(c => Start(runs, "classifier", c, nccl)));
        await Task.WhenAny(endless.Task, running);
        // In parts, between which both hear that the other's device waits: time passes for the sum alone.
        bool IsGivenUp() => nccl.AbortsOfWaiting > 0 || running.IsCompleted;
        while (!IsGivenUp())
        {
            var beats = place.Heartbeats + 2;
            time.Leap(floor / 30);
            await Until.Holds("heartbeats go on", () => place.Heartbeats >= beats || IsGivenUp());
        }
        var outcomes = await running;

        Assert.Single(outcomes, o => o.Length > 0);
        Assert.Equal([-1, 3], place.Beginnings);
        Assert.Equal((2, Steps, 2, 0), (nccl.Communicators, nccl.Sums, nccl.AbortsOfWaiting, nccl.Left));
    }

    [Fact]
    public async Task Run_NcclFailsAgainAndAgain_SaysSoAndWhatToDo()
    {
        using var runs = new TestRuns();
        using var place = new MeetingPlace("nccl", EveryStep);
        var nccl = new FakeNccl { Answer = (rank, _) => rank == 0 ? NcclResult.SystemError : NcclResult.Success };
        var channels = Enumerable.Range(0, 2).Select(i => place.Add($"worker{i}")).ToArray();

        var failing = Start(runs, "classifier", channels[0], nccl);
        var other = Start(runs, "classifier", channels[1], nccl);

        var failure = await Assert.ThrowsAsync<WorkFaultedException>(() => failing);
        Assert.IsType<NcclException>(failure.InnerException);
        Assert.Contains("SystemError", failure.Message);
        Assert.Contains("3 times at step 0", failure.Message);
        Assert.Contains("training.exchange=exact", failure.Message);
        Assert.DoesNotContain('\n', failure.Message);
        // Alone it needs no NCCL.
        Assert.NotEqual("", await other);
        Assert.Equal((3, 0, 0), (nccl.Communicators, nccl.Sums, nccl.Left));
    }

    [Fact]
    public void Run_OnACpu_IsRefusedInOneLine()
    {
        using var runs = new TestRuns();
        var refusal = Assert.Throws<BadInputException>(() => runs.Train(TestRuns.Work("classifier", 2, ByNccl)));
        Assert.Contains("Starting the run on cpu:0", refusal.Message);
        Assert.Contains("CUDA devices only", refusal.Message);
        Assert.DoesNotContain('\n', refusal.Message);
    }

    [Fact]
    public void Run_SummedByNccl_WarnsThatItsBitsAreNotReproducible()
    {
        using var runs = new TestRuns();
        var lines = new List<string>();
        var context = new WorkContext { Generation = 1, Device = ComputeDevice.Cpu(), Artifacts = runs.Store, Warn = lines.Add };

        new TrainItem(TestRuns.Work("classifier", 1, ByNccl)) { NcclFor = _ => new FakeNccl() }.Run(context);

        Assert.Contains("not reproducible", Assert.Single(lines));
    }

    private static Task<string> Start(
        TestRuns runs, string kind, IGangChannel channel, INccl nccl, Action<WorkProgress>? progress = null,
        Dictionary<string, string>? set = null)
    {
        var item = new TrainItem(TestRuns.Work(kind, Steps, set ?? ByNccl, run: "nccl")) { NcclFor = _ => nccl };
        return Task.Factory.StartNew(() => item.Run(new WorkContext
        {
            Generation = 1,
            Device = ComputeDevice.Cpu(),
            Artifacts = runs.Store,
            Gang = channel,
            Progress = progress ?? (_ => { }),
        }), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    private static void AssertSame(TrainResult alone, string outcome)
    {
        var result = WorkJson.Read<TrainResult>(outcome);
        Assert.Equal(
            (alone.WeightsSha256, alone.EmaSha256, alone.OptimizerSha256, alone.FinalLoss),
            (result.WeightsSha256, result.EmaSha256, result.OptimizerSha256, result.FinalLoss));
    }

    private static void AssertClose(TestRuns runs, TrainResult exact, string outcome)
    {
        var result = WorkJson.Read<TrainResult>(outcome);
        var (expected, actual) = (StepMetricsLog.Read(runs.Store, "exact"), StepMetricsLog.Read(runs.Store, "nccl"));
        Assert.Equal(expected.Select(m => m.Step), actual.Select(m => m.Step));
        Assert.All(expected.Zip(actual), pair =>
        {
            Assert.Equal(pair.First.Loss, pair.Second.Loss, 1e-3 * Math.Abs(pair.First.Loss));
            Assert.Equal(pair.First.GradientNorm, pair.Second.GradientNorm, 1e-2 * pair.First.GradientNorm);
        });

        using var scope = NewDisposeScope();
        using var files = SafetensorsFile.Open(runs.FileOf(exact.Weights.Name));
        using var others = SafetensorsFile.Open(runs.FileOf(result.Weights.Name));
        var (difference, size) = (0.0, 0.0);
        foreach (var entry in files.Entries)
        {
            var (a, b) = (WeightsFile.Read(files, entry.Name).to(float64), WeightsFile.Read(others, entry.Name).to(float64));
            difference += (a - b).square().sum().item<double>();
            size += a.square().sum().item<double>();
        }
        Assert.True(difference <= 1e-6 * size, $"The weights differ by {Math.Sqrt(difference / size):E1} of their size.");
    }
}
