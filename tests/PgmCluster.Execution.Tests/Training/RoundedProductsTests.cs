using PgmCluster.Data;
using PgmCluster.Data.Artifacts;
using PgmCluster.Execution.Devices;
using PgmCluster.Execution.Documents;
using PgmCluster.Execution.Models;
using PgmCluster.Execution.Specifications;
using PgmCluster.Execution.Tests.Gangs;
using PgmCluster.Execution.Work;
using PgmCluster.Modeling.Runtime;
using PgmCluster.TestSupport;

namespace PgmCluster.Execution.Tests.Training;

/// <summary>numerics.matmul=bfloat16.</summary>
public class RoundedProductsTests
{
    private const string Key = "numerics.matmul";
    private static readonly Dictionary<string, string> Rounded = new()
    {
        [Key] = "bfloat16",
        ["training.microBatches"] = "8",
        ["training.emaDecay"] = "0.9",
        ["training.checkpointSeconds"] = "0.001",
    };

    /// <summary>With AVX512-BF16, whatever this machine has.</summary>
    private static readonly DataFacts Facts = new()
    {
        Classes = 10,
        Codebook = 64,
        Height = 7,
        Width = 7,
        DeviceModel = "x64-avx512 AuthenticAMD 25-17",
        DeviceBFloat16 = "avx512-bf16",
    };

    /// <summary>Runs of before there was the key, and new ones that leave it alone, have one specification and one hash.</summary>
    [Fact]
    public void Resolve_Float32_IsASpecificationWithoutTheKey()
    {
        var (plain, float32, bfloat16) = (Resolve([]), Resolve(new() { [Key] = "float32" }), Resolve(new() { [Key] = "bfloat16" }));
        Assert.DoesNotContain("matmul", plain.Json);
        Assert.Equal(plain, float32);
        Assert.False(SpecificationJson.Parse(plain.Json).Numerics.RoundsProducts);
        Assert.NotEqual(plain.Sha256, bfloat16.Sha256);
        Assert.True(SpecificationJson.Parse(bfloat16.Json).Numerics.RoundsProducts);
    }

    [Theory]
    [InlineData("half", "float32", "avx512-bf16", "matmul = 'half': must be float32 or bfloat16")]
    [InlineData("bfloat16", "bfloat16", "avx512-bf16", "Leave one of the two at float32")]
    [InlineData("bfloat16", "float32", "none", "has neither AMX-BF16 nor AVX512-BF16")]
    [InlineData("bfloat16", "float32", "tensor cores", "has neither AMX-BF16 nor AVX512-BF16")]
    public void Resolve_WhatCannotBe_IsRefusedInOneLine(string matmul, string precision, string instructions, string expected)
    {
        var refusal = Assert.Throws<BadInputException>(() => Resolve(
            new() { [Key] = matmul, ["numerics.precision"] = precision }, Facts with { DeviceBFloat16 = instructions }));
        Assert.Contains(expected, refusal.Message);
        Assert.DoesNotContain('\n', refusal.Message);
    }

    /// <summary>Alone and in a gang, each member looks at its own device.</summary>
    [Theory]
    [InlineData("strict")]
    [InlineData("relaxed")]
    public void Run_OnADeviceWithoutTheInstructions_IsRefusedNamingIt(string exactness)
    {
        using var runs = new TestRuns();
        var specified = ComputeDevice.Cpu() with { Model = Facts.DeviceModel!, BFloat16 = Facts.DeviceBFloat16! };
        var work = TestRuns.Work(
            "pgm", 2, new Dictionary<string, string> { [Key] = "bfloat16", ["numerics.exactness"] = exactness }, [runs.Tokens(64)],
            device: specified);
        var without = ComputeDevice.Cpu() with { Model = "x64-avx512 GenuineIntel 6-85", BFloat16 = "none" };
        var refusal = Assert.Throws<BadInputException>(() => runs.Train(work, runs.Context(device: without)));
        Assert.Contains("x64-avx512 GenuineIntel 6-85 has neither AMX-BF16 nor AVX512-BF16", refusal.Message);
        Assert.Contains("--set numerics.matmul=float32", refusal.Message);
        Assert.DoesNotContain('\n', refusal.Message);
    }

    /// <summary>The other instructions sum in another order.</summary>
    [Fact]
    public void Run_SpecifiedForTheOtherInstructions_IsRefusedNamingBoth()
    {
        SkipWithoutProducts();
        using var runs = new TestRuns();
        var here = ComputeDevice.Cpu();
        var other = here with { BFloat16 = here.BFloat16 == "amx" ? "avx512-bf16" : "amx" };
        var work = TestRuns.Work(
            "pgm", 2, new Dictionary<string, string> { [Key] = "bfloat16" }, [runs.Tokens(64)], device: other);
        var refusal = Assert.Throws<BadInputException>(() => runs.Train(work));
        Assert.Contains($"bfloat16 by {other.BFloat16}", refusal.Message);
        Assert.Contains($"bfloat16 by {here.BFloat16}", refusal.Message);
    }

    [Theory]
    [InlineData("pgm")]
    [InlineData("pgm-once")]
    [InlineData("maskgit")]
    public void Run_WithMoreCoresStoppedAndResumed_EndsWithTheUndisturbedRunsBits(string kind)
    {
        SkipWithoutProducts();
        using var runs = new TestRuns();
        ArtifactInfo[] tokens = [runs.Tokens(200)];
        TrainWork Work(string run, string matmul = "bfloat16") =>
            TestRuns.Work(kind, 6, new Dictionary<string, string>(Rounded) { [Key] = matmul }, tokens, run);
        var exact = runs.Train(Work("exact", "float32"));
        var undisturbed = runs.Train(Work("undisturbed"));

        var records = new List<CheckpointRecord>();
        using var stop = new CancellationTokenSource();
        var context = runs.Context(cores: 2,
            publish: record => { records.Insert(0, WorkJson.Read<CheckpointRecord>(record)); return true; },
            progress: progress => { if (progress.Done >= 3) stop.Cancel(); }, stopped: stop.Token);
        Assert.Throws<WorkInterruptedException>(() => runs.Train(Work("resumed"), context));
        var resumed = runs.Train(Work("resumed") with { Checkpoints = [.. records.Take(2)] }, runs.Context(generation: 2));

        Assert.Equal(
            (undisturbed.WeightsSha256, undisturbed.EmaSha256, undisturbed.OptimizerSha256),
            (resumed.WeightsSha256, resumed.EmaSha256, resumed.OptimizerSha256));
        Assert.Equal(undisturbed.FinalLoss, resumed.FinalLoss);
        Assert.NotEqual(exact.WeightsSha256, undisturbed.WeightsSha256);
        Assert.Equal(exact.FinalLoss, undisturbed.FinalLoss, 0.03 * exact.FinalLoss);
        using var weights = PgmCluster.Data.Safetensors.SafetensorsFile.Open(runs.FileOf(resumed.Weights.Name));
        Assert.All(weights.Entries, e => Assert.Equal(PgmCluster.Data.Safetensors.TensorType.F32, e.Type));
    }

    [Theory]
    [InlineData("pgm", 2)]
    [InlineData("pgm-once", 3)]
    public Task Run_WithSeveralMembers_GivesTheBitsOfARunAlone(string kind, int members)
    {
        SkipWithoutProducts();
        return GangTrainingTests.CheckBits(kind, [.. Enumerable.Repeat(ComputeDevice.Cpu(), members)], Rounded);
    }

    private static ResolvedSpecification Resolve(Dictionary<string, string> set, DataFacts? facts = null) =>
        new SpecificationResolver().Resolve("pgm-smoke", set, 0, facts ?? Facts);

    private static void SkipWithoutProducts()
    {
        if (BFloat16Products.Problem is { } problem) throw GoldenData.Skipped(problem);
    }
}
