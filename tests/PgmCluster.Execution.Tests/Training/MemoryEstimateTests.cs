using PgmCluster.Execution.Models;
using PgmCluster.Execution.Runs;
using PgmCluster.Execution.Specifications;
using static TorchSharp.torch;

namespace PgmCluster.Execution.Tests.Training;

public class MemoryEstimateTests
{
    public static TheoryData<string, string, string> Shapes() => new()
    {
        { "pgm-smoke", "model.registers", "4" }, { "pgm-smoke", "model.decoderLayout", "interleave" }, { "pgm-smoke", "model.queryProcess", "mlp4" },
        { "pgm-smoke", "model.queryNorm", "rmsnorm" }, { "maskgit-smoke", "model.registers", "0" }, { "maskgit-smoke", "model.heads", "3" },
        { "pgm-fashion", "model.mlpRatio", "2" }, { "maskgit-fashion", "training.emaDecay", "0.9" },
    };

    /// <summary>What is said of weights, moments and averages is what a run's state holds, padding of the flat vectors left auxiliary.</summary>
    [Theory, MemberData(nameof(Shapes))]
    public void Of_AnyShape_CountsTheModelsParameters(string preset, string key, string value)
    {
        using var scope = NewDisposeScope();
        var specification = Specification(preset, (key, value));
        using var model = ModelFiles.CreateGenerative(specification, CPU);
        using var state = new TrainingState(model, specification.Training, specification.Numerics);
        var estimate = MemoryEstimate.Of(specification)!;
        Assert.Equal(state.Parameters.Count, estimate.Parameters);
        Assert.Equal(4 * state.Parameters.Count, estimate.Weights);
        Assert.Equal(state.Average is null ? 0 : estimate.Weights, estimate.Averages);
    }

    [Fact]
    public void Of_RecomputationAndSmallerMicroBatches_TakeLess()
    {
        long Activations(params (string, string)[] set) => MemoryEstimate.Of(Specification("pgm-12-12", set))!.Activations;
        var whole = Activations();
        Assert.True(Activations(("training.recompute", "true")) < whole / 4);
        Assert.True(Activations(("training.microBatches", "64")) < whole / 3);
    }

    [Fact]
    public void Explain_MemoryRanOut_SaysEstimatePeakAndSetting()
    {
        var specification = Specification("pgm-smoke");
        var failure = Assert.ThrowsAny<Exception>(() => empty(1L << 50, dtype: float32));
        var explained = MemoryEstimate.Explain(failure, specification, 1)!;
        Assert.Contains("The estimate was", explained.Message, StringComparison.Ordinal);
        Assert.Matches("held up to [0-9.]+ GB", explained.Message);
        Assert.Contains("training.recompute=true", explained.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', explained.Message);
        Assert.Null(MemoryEstimate.Explain(new InvalidOperationException("something else"), specification, 1));
    }

    private static TrainingSpecification Specification(string preset, params (string Key, string Value)[] set) => SpecificationJson.Parse(new SpecificationResolver().Resolve(
        preset, set.ToDictionary(s => s.Key, s => s.Value), 0, new DataFacts { Classes = 10, Codebook = 64, Height = 6, Width = 6 }).Json);
}
