using PgmCluster.Execution.Models;
using PgmCluster.Execution.Specifications;
using PgmCluster.Execution.Suggestions;
using static TorchSharp.torch;

namespace PgmCluster.Execution.Tests.Suggestions;

public class SizeSuggestionsTests
{
    // 100 of 16 to 31 pixels, 200 of 32 to 63, 700 of 64 to 127.
    private static readonly SuggestionSubject Subject = new(
        "mine", 1000, 10, [0, 0, 0, 0, 100, 200, 700], Gigaflops: 200, Lanes: 2, MemoryBytes: 24_000_000_000, Minutes: 60);

    [Fact]
    public void For_MostImagesLargeEnough_ProposesTheLargestThatFits() =>
        Assert.Equal((64, 0.7), Proposed(Subject));

    [Fact]
    public void For_SmallImages_ProposesNoLargerOnes() =>
        Assert.Equal((32, 0.4), Proposed(Subject with { ShorterSides = [0, 0, 0, 0, 600, 200, 200] }));

    [Fact]
    public void For_SlowMachineOrLittleMemory_ProposesTheSmallest()
    {
        Assert.Equal(32, Proposed(Subject with { Gigaflops = 0.1 }).Size);
        Assert.Equal(32, Proposed(Subject with { MemoryBytes = 1_000_000 }).Size);
    }

    [Fact]
    public void For_AnySubject_LargerSizesTakeLongerAndTheCommandsNameWhatWasEstimated()
    {
        var sizes = SizeSuggestions.For(Subject);

        Assert.Equal(sizes.OrderBy(s => s.Seconds), sizes);
        Assert.Equal(sizes.OrderBy(s => s.MemoryBytes), sizes);
        Assert.Equal(
            "pgm train tok --preset vq-16 --dataset mine --set data.imageSize=128 --set training.steps=1500", sizes[2].Commands[0]);
        Assert.Equal("pgm train model --preset pgm-64 --tokens tokens --set training.steps=2000", sizes[1].Commands[2]);
        Assert.Equal((8, 1024), (sizes[1].Grid, sizes[1].Codebook));
        // More images, more steps.
        Assert.Equal(9400, SizeSuggestions.For(Subject with { Images = 10_000 })[0].TokenizerSteps);
    }

    /// <summary>The samplers count the operations of the same layers, one forward pass over all tokens.</summary>
    [Theory]
    [InlineData("pgm-fashion")]
    [InlineData("pgm-once-fashion")]
    [InlineData("pgm-once-fashion", "model.crossKeyValues")]
    [InlineData("maskgit-fashion")]
    public void Footprint_OperationsOfTokenModels_AreThoseThatSamplersCount(string preset, string? shared = null)
    {
        var set = new Dictionary<string, string>();
        if (shared is not null) (set[shared], set["model.decoderBlocks"]) = ("shared", "8");
        var json = new SpecificationResolver().Resolve(
            preset, set, 0, new DataFacts { Classes = 10, Codebook = 256, Height = 7, Width = 7 }).Json;
        var specification = SpecificationJson.Parse(json);
        using var module = ModelFiles.CreateGenerative(specification, CPU);
        var tokens = ModelFiles.AsTokenModel(module);

        var counted = specification.Training.PerMicroBatch
            * (tokens.BeginOperations + tokens.ExtendOperations(0, tokens.Tokens) + tokens.Operations(tokens.Tokens, tokens.Tokens));

        Assert.InRange(ModelKinds.Get(specification.Kind).Footprint(specification).Operations / counted, 0.8, 1.25);
    }

    /// <summary>A tokenizer's convolutions: at least those of its first and last layers, which are easily counted.</summary>
    [Fact]
    public void Footprint_OperationsOfATokenizer_GrowWithTheAreaOfItsImages()
    {
        double Of(int size) => Tokenizer(size) is var s ? ModelKinds.Get(s.Kind).Footprint(s).Operations / s.Training.PerMicroBatch : 0;

        // One stage of 64 channels on 8 x 8 cells: ten 3 x 3 convolutions of 64 to 64 in residual blocks alone.
        Assert.InRange(Of(32), 10 * 2.0 * 64 * 64 * 9 * 64, 40 * 2.0 * 64 * 64 * 9 * 64);
        // Attention grows with the square of the area, all else with the area.
        Assert.InRange(Of(64) / Of(32), 4, 6);
    }

    private static TrainingSpecification Tokenizer(int size) => SpecificationJson.Parse(new SpecificationResolver().Resolve(
        "tokenizer-32", new Dictionary<string, string> { ["data.imageSize"] = $"{size}" }, 0, new DataFacts()).Json);

    private static (int Size, double? Share) Proposed(SuggestionSubject subject) =>
        SizeSuggestions.For(subject).Single(s => s.IsProposed) is var s ? (s.Size, s.LargeEnough) : default;
}
