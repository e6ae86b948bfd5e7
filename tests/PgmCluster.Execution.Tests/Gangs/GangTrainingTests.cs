using System.Text;
using PgmCluster.Data.Artifacts;
using PgmCluster.Execution.Devices;
using PgmCluster.Execution.Documents;
using PgmCluster.Execution.Gangs;
using PgmCluster.Execution.Models;
using PgmCluster.Execution.Runs;
using PgmCluster.Execution.Specifications;
using PgmCluster.Execution.Training;
using PgmCluster.Execution.Wire;
using PgmCluster.Execution.Work;

namespace PgmCluster.Execution.Tests.Gangs;

public class GangTrainingTests
{
    private const int Steps = 12;
    private static readonly Dictionary<string, string> EightLeaves = new()
    {
        ["training.microBatches"] = "8",
        ["training.emaDecay"] = "0.9",
        ["training.checkpointSeconds"] = "0.001"
    };

    [Theory]
    [InlineData("tokenizer", 1)]
    [InlineData("tokenizer", 2)]
    [InlineData("tokenizer", 3)]
    [InlineData("classifier", 4)]
    public Task Run_WithAnyNumberOfMembers_GivesTheBitsOfARunAlone(string kind, int members) =>
        CheckBits(kind, [.. Enumerable.Repeat(ComputeDevice.Cpu(), members)]);

    [Fact]
    public async Task Run_FirstMemberLost_TheOthersGoOnWithoutLosingAStep()
    {
        using var runs = new TestRuns();
        var alone = runs.Train(TestRuns.Work("tokenizer", Steps, EightLeaves, run: "alone"));
        using var place = new MeetingPlace("gang");
        var channels = Enumerable.Range(0, 3).Select(i => place.Add($"worker{i}")).ToArray();

        var lost = Start(runs, "tokenizer", channels[0], progress: p => { if (p.Done == 5) throw new InvalidOperationException("lost"); });
        var others = await Task.WhenAll(channels.Skip(1).Select(c => Start(runs, "tokenizer", c)));

        Assert.IsType<InvalidOperationException>((await Assert.ThrowsAsync<WorkFaultedException>(() => lost)).InnerException);
        AssertSame(alone, Assert.Single(others, o => o.Length > 0));
        Assert.Equal(2, place.Generations);
        Assert.True(place.Beginnings[1] >= 5, $"It went on from step {place.Beginnings[1]}.");
        Assert.Equal(StepMetricsLog.Read(runs.Store, "alone"), StepMetricsLog.Read(runs.Store, "gang"));
    }

    [Fact]
    public async Task Run_CheckpointIsRefusedBecauseTheGangFormsAgain_GoesOn()
    {
        using var runs = new TestRuns();
        var alone = runs.Train(TestRuns.Work("tokenizer", Steps, EightLeaves, run: "alone"));
        using var place = new MeetingPlace("gang");
        var channels = Enumerable.Range(0, 3).Select(i => place.Add($"worker{i}")).ToArray();
        var refused = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var recorded = new List<CheckpointRecord>();
        bool Publish(string document)
        {
            var record = WorkJson.Read<CheckpointRecord>(document);
            if (record.Generation == 1) refused.TrySetResult();
            else lock (recorded) recorded.Add(record);
            return record.Generation > 1;
        }

        using var leave = new CancellationTokenSource();
        var leaving = Start(runs, "tokenizer", channels[2], stopped: leave.Token);
        var others = await Task.WhenAll(channels.Take(2).Select(c => Start(runs, "tokenizer", c, publish: Publish, progress: p =>
        {
            if (p.Done != 3) return;
            refused.Task.Wait();
            leave.Cancel();
        })));

        await Assert.ThrowsAsync<WorkInterruptedException>(() => leaving);
        AssertSame(alone, Assert.Single(others, o => o.Length > 0));
        Assert.Equal(2, place.Generations);
        Assert.Equal(Steps, recorded.Max(r => r.Step));
    }

    [Fact]
    public async Task Run_OneThenThreeThenTwoMembers_GivesTheBitsOfARunAlone()
    {
        using var runs = new TestRuns();
        var alone = runs.Train(TestRuns.Work("tokenizer", 30, EightLeaves, run: "alone"));
        using var place = new MeetingPlace("gang");
        using var leave = new CancellationTokenSource();
        var joined = new TaskCompletionSource<Task<string>[]>(TaskCreationOptions.RunContinuationsAsynchronously);
        var first = Start(runs, "tokenizer", place.Add("worker0"), 30, progress: p =>
        {
            if (p.Done == 2)
            {
                joined.SetResult(
                    [Start(runs, "tokenizer", place.Add("worker1"), 30),
                        Start(runs, "tokenizer", place.Add("worker2"), 30, stopped: leave.Token)]);
                place.AwaitNewcomers(2);
            }
            if (p.Done == 6) leave.Cancel();
        });
        var later = await joined.Task;

        await Assert.ThrowsAsync<WorkInterruptedException>(() => later[1]);
        AssertSame(alone, await first);
        Assert.Equal("", await later[0]);
        Assert.Equal((3, 2), (place.Generations, place.Members));
    }

    /// <summary>A join costs the newcomer's connections and one copy of the state, whatever the gang's size; a loss costs none.</summary>
    [Fact]
    public async Task Run_SixteenMembersThenSeventeenThenSixteen_KeepsTheOthersConnectionsAndTheBitsOfARunAlone()
    {
        const int Members = 16, Steps = 8;
        var leaves = new Dictionary<string, string>(EightLeaves) { ["training.microBatches"] = "32", ["training.batchSize"] = "32" };
        using var runs = new TestRuns();
        var alone = runs.Train(TestRuns.Work("tokenizer", Steps, leaves, run: "alone"));
        using var place = new MeetingPlace("gang");
        var channels = Enumerable.Range(0, Members).Select(i => place.Add($"worker{i}")).ToList();
        using var leave = new CancellationTokenSource();
        var joined = new TaskCompletionSource<Task<string>>(TaskCreationOptions.RunContinuationsAsynchronously);
        var counted = new List<(long Connections, long StateBytes)>();
        void Count() => counted.Add((
            channels.Sum(c => c.DataPlane.Traffic.Connections), channels.Sum(c => c.DataPlane.Traffic.BytesOf(FrameKind.State))));

        var first = Start(runs, "tokenizer", channels[0], Steps, set: leaves, progress: p =>
        {
            if (p.Done == 2)
            {
                Count();
                channels.Add(place.Add("worker16"));
                joined.SetResult(Start(runs, "tokenizer", channels[16], Steps, set: leaves, stopped: leave.Token));
                place.AwaitNewcomers(1);
            }
            if (p.Done != 5) return;
            Count();
            leave.Cancel();
        });
        var others = channels.Skip(1).ToArray().Select(c => Start(runs, "tokenizer", c, Steps, set: leaves)).ToArray();

        var newcomer = await joined.Task;
        await Assert.ThrowsAsync<WorkInterruptedException>(() => newcomer);
        AssertSame(alone, await first);
        Assert.All(await Task.WhenAll(others), outcome => Assert.Equal("", outcome));
        Count();
        Assert.Equal((3, Members), (place.Generations, place.Members));
        Assert.Equal([120, 120 + 16, 120 + 16], counted.Select(c => c.Connections));
        Assert.Equal(0, counted[0].StateBytes);
        Assert.Equal(1, channels.Count(c => c.DataPlane.Traffic.BytesOf(FrameKind.State) > 0));
        Assert.Equal(counted[1].StateBytes, counted[2].StateBytes);
    }

    /// <summary>The newcomer has written over a part of its weights when the only member that has the state is lost.</summary>
    [Fact]
    public async Task Run_MemberWithTheOnlyStateIsLostWhileItSendsIt_BeginsOverWithTheBitsOfARunAlone()
    {
        using var runs = new TestRuns();
        var alone = runs.Train(TestRuns.Work("tokenizer", Steps, EightLeaves, run: "alone"));
        using var place = new MeetingPlace("gang");
        var (holder, newcomer) = (place.Add("worker0"), place.Add("worker1"));

        var joining = Start(runs, "tokenizer", newcomer);
        var (specification, work) = (SpecificationJson.Parse(TestRuns.Work("tokenizer", Steps, EightLeaves).Specification),
            TestRuns.Work("tokenizer", Steps, EightLeaves));
        using (var task = ModelKinds.Get("tokenizer").CreateTask(specification, work, runs.Context()))
        using (var state = new TrainingState(task.Model, specification.Training, specification.Numerics))
        using (var gang = Gang.Join(holder.Meet(5, [])!, holder.DataPlane))
        {
            var head = new StateHead { Step = 5, Lengths = [.. state.Everything().Select(t => NativeBlock.Of(t).Length)], Metrics = [] };
            gang.Mesh.Send(1, FrameKind.StateHead, 5, Encoding.UTF8.GetBytes(WorkJson.Write(head)));
            gang.Mesh.Send(1, FrameKind.State, 5, [.. Enumerable.Repeat((byte)1, 64)]);
        }

        AssertSame(alone, await joining);
        Assert.Equal((2, 5), (place.Generations, place.Beginnings[0]));
    }

    /// <summary>A gang's weights, averages, moments and losses have the bits of a run alone on the first member's device.</summary>
    internal static async Task CheckBits(
        string kind, IReadOnlyList<ComputeDevice> members, IReadOnlyDictionary<string, string>? set = null)
    {
        using var runs = new TestRuns();
        var tokens = ModelKinds.Get(kind).NeedsTokens ? new[] { runs.Tokens(64) } : null;
        var alone = runs.Train(
            TestRuns.Work(kind, Steps, set ?? EightLeaves, tokens, run: "alone", device: members[0]), runs.Context(device: members[0]));
        using var place = new MeetingPlace("gang");
        var channels = members.Select((_, i) => place.Add($"worker{i}")).ToArray();

        var outcomes = await Task.WhenAll(channels.Zip(members).Select(
            c => Start(runs, kind, c.First, device: c.Second, tokens: tokens, set: set)));

        AssertSame(alone, Assert.Single(outcomes, o => o.Length > 0));
        Assert.Equal(1, place.Generations);
        Assert.Equal(StepMetricsLog.Read(runs.Store, "alone"), StepMetricsLog.Read(runs.Store, "gang"));
    }

    private static Task<string> Start(TestRuns runs, string kind, IGangChannel channel, int steps = Steps,
        Action<WorkProgress>? progress = null, CancellationToken stopped = default,
        Func<string, bool>? publish = null, ComputeDevice? device = null, IReadOnlyList<ArtifactInfo>? tokens = null,
        IReadOnlyDictionary<string, string>? set = null)
    {
        var work = TestRuns.Work(kind, steps, set ?? EightLeaves, tokens, run: "gang", device: device);
        return Task.Factory.StartNew(() => new TrainItem(work).Run(new WorkContext
        {
            Generation = 1,
            Device = device ?? ComputeDevice.Cpu(),
            Artifacts = runs.Store,
            Gang = channel,
            Progress = progress ?? (_ => { }),
            Publish = publish ?? (_ => true),
            Stopped = stopped,
        }), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    private static void AssertSame(TrainResult alone, string outcome)
    {
        var gang = WorkJson.Read<TrainResult>(outcome);
        Assert.Equal(
            (alone.WeightsSha256, alone.EmaSha256, alone.OptimizerSha256, alone.FinalLoss),
            (gang.WeightsSha256, gang.EmaSha256, gang.OptimizerSha256, gang.FinalLoss));
    }
}
