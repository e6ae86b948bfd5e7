using PgmCluster.Data;
using PgmCluster.Execution.Models;
using PgmCluster.Execution.Specifications;
using PgmCluster.Modeling.Partition;

namespace PgmCluster.Execution.Tests.Specifications;

public class SpecificationResolverTests
{
    private static readonly DataFacts Facts = new() { Classes = 10, Codebook = 64, Height = 7, Width = 7 };
    private readonly SpecificationResolver _resolver = new();

    public static TheoryData<string> Presets() => new(new SpecificationResolver().Presets);

    [Theory, MemberData(nameof(Presets))]
    public void Resolve_EveryPreset_IsCompleteAndValid(string preset)
    {
        var resolved = _resolver.Resolve(preset, new Dictionary<string, string>(), 3, Facts);
        Assert.Equal(3, SpecificationJson.Parse(resolved.Json).Seed);
        Assert.Equal(resolved, _resolver.Resolve(preset, new Dictionary<string, string>(), 3, Facts));
    }

    /// <summary>The public code trains the published models under autocast.</summary>
    [Theory]
    [InlineData("pgm-12-12", Precisions.BFloat16)]
    [InlineData("pgm-14-10", Precisions.BFloat16)]
    [InlineData("maskgit", Precisions.BFloat16)]
    [InlineData("pgm-fashion", Precisions.Float32)]
    public void Resolve_PublishedPreset_HasTheReferencesPrecision(string preset, string precision) =>
        Assert.Equal(
            precision,
            SpecificationJson.Parse(_resolver.Resolve(preset, new Dictionary<string, string>(), 0, Facts).Json).Numerics.Precision);

    [Fact]
    public void Resolve_TokenPreset_TakesSizesFromTheTokens()
    {
        var model = SpecificationJson.Read<PartitionTransformerSettings>(
            SpecificationJson.Parse(_resolver.Resolve("pgm-smoke", new Dictionary<string, string>(), 0, Facts).Json).Model);
        Assert.Equal((64, 49, 10), (model.Codebook, model.Tokens, model.Classes));
    }

    [Fact]
    public void Resolve_Override_ChangesValueAndHash()
    {
        var plain = _resolver.Resolve("pgm-smoke", new Dictionary<string, string>(), 0, Facts);
        var changed = _resolver.Resolve("pgm-smoke", new Dictionary<string, string> { ["Training.LearningRate"] = "0.5" }, 0, Facts);
        Assert.Equal(0.5, SpecificationJson.Parse(changed.Json).Training.LearningRate);
        Assert.NotEqual(plain.Sha256, changed.Sha256);
    }

    [Fact]
    public void Resolve_NewRun_HasTheFusedOptimizerUnlessItSaysOtherwise()
    {
        NumericsSettings Numerics(Dictionary<string, string> set) =>
            SpecificationJson.Parse(_resolver.Resolve("pgm-smoke", set, 0, Facts).Json).Numerics;
        Assert.True(Numerics([]).UsesFusedOptimizer);
        Assert.False(Numerics(new() { ["numerics.optimizer"] = "managed" }).UsesFusedOptimizer);
    }

    [Fact]
    public void Resolve_NewRun_ComputesInFloat32UnlessItSaysOtherwise()
    {
        string Precision(Dictionary<string, string> set) =>
            SpecificationJson.Parse(_resolver.Resolve("pgm-smoke", set, 0, Facts).Json).Numerics.Precision;
        Assert.Equal("float32", Precision([]));
        Assert.Equal("bfloat16", Precision(new() { ["numerics.precision"] = "bfloat16" }));
    }

    [Fact]
    public void Resolve_ExchangeByNccl_IsNotReproducibleAndStaysOnItsKindOfDevice()
    {
        var facts = Facts with { DeviceModel = "cuda" };
        ResolvedSpecification Resolve(Dictionary<string, string> set) => _resolver.Resolve("pgm-smoke", set, 0, facts);
        var (exact, relaxed) = (Resolve([]), Resolve(new() { ["numerics.exactness"] = "relaxed" }));
        var nccl = Resolve(new() { ["numerics.exactness"] = "relaxed", ["training.exchange"] = "nccl" });
        var moved = Resolve(new() { ["training.exchange"] = "exact-nccl" });
        Assert.Equal((true, true, false), (exact.IsReproducible, relaxed.IsReproducible, nccl.IsReproducible));
        Assert.Equal((true, exact.DeviceNumerics), (moved.IsReproducible, moved.DeviceNumerics));
        Assert.Equal(
            (exact.DeviceNumerics, null, exact.DeviceNumerics), (exact.DeviceNumerics, relaxed.DeviceNumerics, nccl.DeviceNumerics));
    }

    [Theory]
    [InlineData("training.stepz", "5", "training.steps")]
    [InlineData("trainig.steps", "5", "training")]
    [InlineData("model.hiden", "5", "model.hidden")]
    [InlineData("training.steps", "many", "a whole number")]
    [InlineData("training.steps", "1.5", "a whole number")]
    [InlineData("training.steps", "0", "at least 1")]
    [InlineData("training", "5", "training.steps")]
    [InlineData("training.steps.more", "5", "single value")]
    [InlineData("training.masking", "arcoss", "training.masking")]
    [InlineData("model.registers", "3", "even")]
    [InlineData("training.microBatches", "3", "power of two")]
    [InlineData("training.exchange", "tcp", "exact, exact-nccl or nccl")]
    [InlineData("training.exchange", "nccl", "numerics.exactness=relaxed")]
    [InlineData("numerics.optimizer", "fast", "fused or managed")]
    [InlineData("numerics.precision", "bf16", "float32 or bfloat16")]
    [InlineData("numerics.precison", "bfloat16", "numerics.precision")]
    [InlineData("seed", "3", "--seed")]
    public void Resolve_BadOverride_SaysWhatIsWrongAndWhatIsMeant(string key, string value, string hint)
    {
        var refusal = Assert.Throws<BadInputException>(
            () => _resolver.Resolve("pgm-smoke", new Dictionary<string, string> { [key] = value }, 0, Facts));
        Assert.Contains(hint, refusal.Message);
        Assert.DoesNotContain('\n', refusal.Message);
    }

    [Fact]
    public void Resolve_SeveralProblems_ListsAllAtOnce()
    {
        var refusal = Assert.Throws<BadInputException>(
            () => _resolver.Resolve(
                "pgm-smoke", new Dictionary<string, string> { ["training.steps"] = "0", ["model.heads"] = "5" }, 0, Facts));
        Assert.Contains("training.steps = 0", refusal.Message);
        Assert.Contains("heads = 5", refusal.Message);
    }

    [Fact]
    public void Resolve_UnknownPreset_GivesTheNearestName() =>
        Assert.Contains(
            "'pgm-smoke'",
            Assert.Throws<BadInputException>(() => _resolver.Resolve("pgm-smok", new Dictionary<string, string>(), 0, Facts)).Message);

    [Theory]
    [InlineData("pgm-smoke", "model.classes", "9", "label 9 would be trained as 'dropped'. Set it to 10 or more")]
    [InlineData("maskgit-smoke", "model.classes", "9", "label 9 would be trained as 'dropped'. Set it to 10 or more")]
    [InlineData("classifier-smoke", "model.classes", "9", "the data have 10 classes")]
    [InlineData("pgm-smoke", "model.codebook", "65", "the tokens are of 64 codes. Set it to 64")]
    [InlineData("maskgit-smoke", "model.codebook", "63", "the tokens are of 64 codes. Set it to 64")]
    [InlineData("pgm-smoke", "data.height", "49", "the tokens are grids of 7 x 7. Leave both out")]
    [InlineData("pgm-smoke", "data.imageSize", "64", "the tokens are of images of 28 x 28 pixels. Leave it out")]
    [InlineData("maskgit-smoke", "data.imageSize", "256", "the tokens are of images of 28 x 28 pixels. Leave it out")]
    public void Resolve_ClaimAboutTheDataThatDoesNotHold_IsRefused(string preset, string key, string value, string expected)
    {
        var set = new Dictionary<string, string> { [key] = value };
        if (key == "data.height") set["data.width"] = "1";
        var facts = new DataFacts { Classes = 10, Codebook = 64, Height = 7, Width = 7, ImageSize = 28 };
        Assert.Contains(
            expected,
            Assert.Throws<PgmCluster.Data.BadInputException>(() => new SpecificationResolver().Resolve(preset, set, 1, facts)).Message);
        if (key == "model.classes") new SpecificationResolver().Resolve(preset, new Dictionary<string, string> { [key] = "12" }, 1, facts);
    }

    [Theory]
    [InlineData("pgm-smoke", 28, 28)]
    [InlineData("maskgit-smoke", 28, 28)]
    [InlineData("pgm-smoke", 0, 256)]
    public void Resolve_TokensOfImagesOfASize_SaysThatSize(string preset, int known, int expected)
    {
        var resolved = _resolver.Resolve(preset, new Dictionary<string, string>(), 0, Facts with { ImageSize = known });
        Assert.Equal(expected, SpecificationJson.Parse(resolved.Json).Data.ImageSize);
    }
}
