using PgmCluster.Data;
using PgmCluster.Execution.Devices;
using PgmCluster.Execution.Models;
using PgmCluster.Execution.Runs;
using PgmCluster.Execution.Specifications;
using PgmCluster.Execution.Training;
using PgmCluster.Execution.Work;
using static TorchSharp.torch;

namespace PgmCluster.Execution.Tests.Training;

/// <summary>Memory of the process's tensors is counted, so nothing else may run meanwhile.</summary>
[Collection(nameof(TrainingStepTests.Alone))]
public class MemoryEstimateTests
{
    private const string Set = "training.";

    /// <summary>An estimate over what tensors take; a process takes more than they, since its allocator keeps pieces.</summary>
    private const double Least = 0.75, Most = 1.6;

    public static TheoryData<string, string, string> Shapes()
    {
        var shapes = new TheoryData<string, string, string>
        {
            { "pgm-smoke", "model.registers", "4" }, { "pgm-smoke", "model.decoderLayout", "interleave" },
            { "pgm-smoke", "model.queryProcess", "mlp4" },
            { "pgm-fashion", "model.crossKeyValues", "shared" },
            { "pgm-smoke", "model.queryNorm", "rmsnorm" }, { "maskgit-smoke", "model.registers", "0" },
            { "maskgit-smoke", "model.heads", "3" },
            { "pgm-fashion", "model.mlpRatio", "2" }, { "tokenizer-smoke", "model.residualBlocks", "3" },
            { "tokenizer-fashion", "model.codeWidth", "5" },
            { "tokenizer-smoke", "model.patchSize", "2" }, { "classifier-smoke", "model.widths", "[4,8,12]" },
            { "classifier-fashion", "model.pooling", "average" },
        };
        foreach (var kind in ModelKinds.All) shapes.Add($"{kind.Name}-smoke", $"{Set}emaDecay", "0.9");
        return shapes;
    }

    /// <summary>
    /// What is said of weights, moments and averages is what a run's state holds, padding of the flat vectors left aside.
    /// </summary>
    [Theory, MemberData(nameof(Shapes))]
    public void Of_AnyShape_CountsTheModelsParameters(string preset, string key, string value)
    {
        using var scope = NewDisposeScope();
        var specification = Specification(preset, (key, value), ("data.imageSize", "32"));
        using var model = ModelKinds.Get(specification.Kind).CreateModel(specification, CPU);
        using var state = new TrainingState(model, specification.Training, specification.Numerics);
        var estimate = MemoryEstimate.Of(specification);
        Assert.Equal(state.Parameters.Count, estimate.Parameters);
        Assert.Equal(4 * state.Parameters.Count, estimate.Weights);
        Assert.Equal(state.Average is null ? 0 : estimate.Weights, estimate.Averages);
    }

    public static TheoryData<string, string> Trainings()
    {
        var trainings = new TheoryData<string, string>();
        foreach (var kind in ModelKinds.All) trainings.Add(kind.Name, kind.NeedsTokens ? "model.dropout=0.1" : "");
        foreach (var kind in ModelKinds.All.Where(k => k.NeedsTokens)) trainings.Add(kind.Name, $"{Set}recompute=true");
        trainings.Add("pgm", "model.preQuery=learn+freqs+logsumexp");
        trainings.Add("pgm-once", "model.crossKeyValues=shared;model.decoderBlocks=4");
        trainings.Add("tokenizer", "model.entropyWeight=0.1");
        trainings.Add("tokenizer", "model.patchSize=1");
        trainings.Add("tokenizer", "model.patchSize=2;model.channelMultipliers=[1,2]");
        trainings.Add("classifier", "model.pooling=average");
        return trainings;
    }

    /// <summary>What tensors take of memory while a run is begun and does a step is what was said before, about.</summary>
    [Theory, MemberData(nameof(Trainings))]
    public void Of_EveryKind_IsNearWhatAStepReaches(string kind, string setting)
    {
        const long Enough = 100_000_000;
        using var runs = new TestRuns();
        var tokens = ModelKinds.Get(kind).NeedsTokens;
        long Measure(int batch, out long estimate)
        {
            var set = new Dictionary<string, string> { ["training.batchSize"] = $"{batch}", ["training.microBatches"] = "1" };
            foreach (var pair in setting.Split(';', StringSplitOptions.RemoveEmptyEntries))
                set[pair[..pair.IndexOf('=')]] = pair[(pair.IndexOf('=') + 1)..];
            var work = TestRuns.Work(kind, 2, set, tokens ? [runs.Tokens(64)] : null, preset: $"{kind}-fashion");
            var specification = SpecificationJson.Parse(work.Specification);
            estimate = MemoryEstimate.Of(specification).Total;
            if (estimate < Enough) return 0;
            return TensorMemory.PeakOf(() =>
            {
                using var scope = NewDisposeScope();
                using var task = ModelKinds.Get(kind).CreateTask(specification, work, runs.Context());
                using var state = new TrainingState(task.Model, specification.Training, specification.Numerics);
                using var step = new TrainingStep(specification, task, state);
                step.Run();
            });
        }

        var (measured, estimate) = (0L, 0L);
        for (var batch = 2; measured == 0; batch *= 2) measured = Measure(batch, out estimate);

        Assert.True((double)estimate / measured is > Least and < Most, $"estimated {estimate / 1e6:0} MB, measured {measured / 1e6:0} MB");
    }

    [Fact]
    public void Of_RecomputationAndSmallerMicroBatches_TakeLess()
    {
        long Activations(params (string, string)[] set) => MemoryEstimate.Of(Specification("pgm-12-12", set)).Activations;
        var whole = Activations();
        Assert.True(Activations(("training.recompute", "true")) < whole / 4);
        Assert.True(Activations(("training.microBatches", "64")) < whole / 3);
    }

    [Fact]
    public void Check_TooMuchForTheDevice_RefusesWhatIsCertainAndWarnsOfTheRest()
    {
        var specification = Specification("pgm-12-12");
        var estimate = MemoryEstimate.Of(specification);
        ComputeDevice Gpu(long bytes) => ComputeDevice.Cuda(0, new GpuFacts("NVIDIA L4", bytes, 8, 9, "GPU-0", "550"));
        var warnings = new List<string>();

        MemoryShortage.Check(specification, Gpu(estimate.Total), 1, warnings.Add);
        Assert.Empty(warnings);
        MemoryShortage.Check(specification, Gpu(estimate.Total - 1), 1, warnings.Add);
        var warning = Assert.Single(warnings);
        var refusal = Assert.Throws<BadInputException>(
            () => MemoryShortage.Check(specification, Gpu(1_000_000_000), 1, warnings.Add)).Message;

        Assert.Contains($"the estimate is {estimate}", warning, StringComparison.Ordinal);
        Assert.Contains("training.recompute=true", warning, StringComparison.Ordinal);
        Assert.Contains("cuda:0 has 1.0 GB", refusal, StringComparison.Ordinal);
        Assert.Single(warnings);
        Assert.DoesNotContain('\n', warning + refusal);
    }

    [Fact]
    public void Run_DeviceTooSmall_IsRefusedBeforeAnythingIsMade()
    {
        using var runs = new TestRuns();
        var small = ComputeDevice.Cpu() with { Gpu = new GpuFacts("NVIDIA small", 100_000, 8, 9, "GPU-0", "550") };
        var refusal = Assert.Throws<BadInputException>(() => runs.Train(TestRuns.Work("classifier", 1), runs.Context(device: small)));
        Assert.Contains("Use a device with more memory", refusal.Message, StringComparison.Ordinal);
    }

    /// <summary>The step at which it happened is kept: what failed on one device may be done by another.</summary>
    [Fact]
    public void Run_MemoryRunsOutAtAStep_SaysEstimateAndStep()
    {
        using var runs = new TestRuns();
        var context = runs.Context(progress: p =>
        {
            if (p.Done >= 1) throw new OutOfMemoryException("no memory left");
        });
        var failure = Assert.Throws<WorkFaultedException>(() => runs.Train(TestRuns.Work("classifier", 3), context));
        Assert.True(failure.Unit >= 1);
        Assert.IsType<OutOfMemoryException>(failure.InnerException);
        Assert.Contains("The estimate was", failure.Message, StringComparison.Ordinal);
    }

    /// <summary>How the CPU's allocator says it is had from libtorch itself; the others are CUDA's.</summary>
    [Theory]
    [InlineData(null)]
    [InlineData("CUDA out of memory. Tried to allocate 20.00 MiB. GPU 0 has a total capacity of 79.15 GiB of which 10.00 MiB is free.\nException raised from malloc at ../c10/cuda/CUDACachingAllocator.cpp:1 (most recent call first):\nframe #0: c10::Error")]
    [InlineData("CUDA error: out of memory\nCUDA kernel errors might be asynchronously reported at some other API call")]
    [InlineData("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`")]
    [InlineData("cuDNN error: CUDNN_STATUS_ALLOC_FAILED")]
    public void Explain_MemoryRanOut_SaysEstimatePeakAndSetting(string? message)
    {
        var specification = Specification("pgm-smoke");
        var failure = message is null
            ? Assert.ThrowsAny<Exception>(() => empty(1L << 50, dtype: float32))
            : new System.Runtime.InteropServices.ExternalException(message);
        var explained = MemoryShortage.Explain(failure, specification, ComputeDevice.Cpu(), 1)!;
        Assert.Contains("The estimate was", explained.Message, StringComparison.Ordinal);
        Assert.Matches("held up to [0-9.]+ GB", explained.Message);
        Assert.Contains("training.recompute=true", explained.Message, StringComparison.Ordinal);
        Assert.Contains(message?.Split('\n')[0] ?? "allocate", explained.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', explained.Message);
        Assert.DoesNotContain("frame #", explained.Message, StringComparison.Ordinal);
        Assert.Null(MemoryShortage.Explain(new InvalidOperationException("something else"), specification, ComputeDevice.Cpu(), 1));
    }

    /// <summary>What a GPU has, and what its driver counts as taken, not what the process holds of the machine's memory.</summary>
    [Fact]
    public void Explain_OnAGpu_SpeaksOfItsMemory()
    {
        var gpu = ComputeDevice.Cuda(1, new GpuFacts("NVIDIA L4", 24_000_000_000, 8, 9, "GPU-0", "550"));
        var explained = MemoryShortage.Explain(new OutOfMemoryException("CUDA out of memory."), Specification("pgm-smoke"), gpu, 1)!;
        Assert.Contains("on cuda:1, which has 24.0 GB", explained.Message, StringComparison.Ordinal);
        Assert.Contains("taken of it are", explained.Message, StringComparison.Ordinal);
    }

    private static TrainingSpecification Specification(string preset, params (string Key, string Value)[] set) =>
        SpecificationJson.Parse(new SpecificationResolver().Resolve(
        preset, set.ToDictionary(s => s.Key, s => s.Value), 0, new DataFacts { Classes = 10, Codebook = 64, Height = 6, Width = 6 }).Json);
}
