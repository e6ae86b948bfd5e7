using PgmCluster.Execution.Devices;
using PgmCluster.Execution.Doctor;
using PgmCluster.Execution.Doctor.Computation;
using PgmCluster.Execution.Models;
using PgmCluster.Execution.Tests.Gangs;
using PgmCluster.Execution.Work;

namespace PgmCluster.Execution.Tests.Gpu;

/// <summary>Runs and gangs on GPUs, with what a run computes there: the same bits from one and from two members, and each time.</summary>
[Trait("Category", "Gpu")]
public class GpuTrainingTests
{
    private static readonly Dictionary<string, string> BFloat16 = new() { ["numerics.precision"] = "bfloat16" };

    public static TheoryData<string> Kinds => new(ModelKinds.All.Select(k => k.Name));

    [Theory, MemberData(nameof(Kinds))]
    public Task Run_TwoMembersOnOneGpu_GiveTheBitsOfARunAlone(string kind) => GangTrainingTests.CheckBits(kind, Gpus.Require(0, 0));

    [Theory, MemberData(nameof(Kinds))]
    public Task Run_TwoMembersOnTwoGpus_GiveTheBitsOfARunAlone(string kind) => GangTrainingTests.CheckBits(kind, Gpus.Require(0, 1));

    [Theory, MemberData(nameof(Kinds))]
    public void Run_Twice_GivesTheSameBits(string kind) => CheckTwice(kind, []);

    [Theory, MemberData(nameof(Kinds))]
    public void Run_TwiceInBFloat16_GivesTheSameBits(string kind) => CheckTwice(kind, BFloat16);

    [Fact]
    public async Task Examination_OfTheFirstGpu_FindsNothingWrong()
    {
        using var thread = new DeviceThread(Gpus.Require(0)[0]);
        var findings = new List<Finding>();

        await DeviceExamination.Run(thread, findings.Add);

        Assert.DoesNotContain(findings, f => f.State == FindingState.Failed);
    }

    private static void CheckTwice(string kind, Dictionary<string, string> set)
    {
        var device = Gpus.Require(0)[0];
        using var runs = new TestRuns();
        var tokens = ModelKinds.Get(kind).NeedsTokens ? new[] { runs.Tokens(64) } : null;

        (string, string?, double) Bits(string run)
        {
            var result = runs.Train(TestRuns.Work(kind, 12, set, tokens, run, device: device), runs.Context(device: device));
            return (result.WeightsSha256, result.OptimizerSha256, result.FinalLoss);
        }

        Assert.Equal(Bits("first"), Bits("second"));
    }
}
