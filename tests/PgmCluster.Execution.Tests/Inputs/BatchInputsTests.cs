using PgmCluster.Data;
using PgmCluster.Data.Tokens;
using PgmCluster.Execution.Devices;
using PgmCluster.Execution.Images;
using PgmCluster.Execution.Inputs;
using PgmCluster.Execution.Specifications;
using PgmCluster.Modeling.Masking;
using PgmCluster.Modeling.Randomness;
using TorchSharp;
using static TorchSharp.torch;

namespace PgmCluster.Execution.Tests.Inputs;

/// <summary>Batches are made in C#; the same operators of libtorch must give the same bits.</summary>
public class BatchInputsTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(2048)]
    [InlineData(5001)]
    public void Uniform_IntoMemory_GivesTheNumbersOfTheTensorAndTheSameOnesAfterThem(int count)
    {
        using var scope = NewDisposeScope();
        var (tensors, memory) = (RandomStream.Of(3, RandomPurpose.MicroBatch, 1), RandomStream.Of(3, RandomPurpose.MicroBatch, 1));
        var numbers = new float[count];

        memory.Uniform(numbers);

        Assert.Equal(tensors.Uniform(CPU, count).data<float>().ToArray(), numbers);
        Assert.Equal(tensors.Uniform(CPU, 3).data<float>().ToArray(), memory.Uniform(CPU, 3).data<float>().ToArray());
    }

    [Theory]
    [InlineData(true, 0)]
    [InlineData(false, 3)]
    [InlineData(true, 2)]
    public void Images_Augmented_AreWhatLibtorchsOperatorsMakeOfThem(bool flip, int shift)
    {
        using var runs = new TestRuns();
        using var scope = NewDisposeScope();
        using var images = new PreparedImages(TestRuns.Images(0, 16), 28, runs.Context());
        var settings = new DataSettings { ImageSize = 28, RandomFlip = flip, RandomShift = shift };
        int[] indices = [3, 1, 4, 15, 9, 2, 6];
        var draws = RandomStream.Of(5, RandomPurpose.MicroBatch, 2, 1);
        using var inputs = new ImageInputs(images, settings, indices.Length, 10, CPU);

        inputs.Fill(indices, RandomStream.Of(5, RandomPurpose.MicroBatch, 2, 1), training: true);

        var expected = Augmented(images.Batch(indices, CPU), settings, draws);
        Assert.Equal(expected.contiguous().data<float>().ToArray(), inputs.Pixels().data<float>().ToArray());
        Assert.Equal(indices.Select(i => (long)images.Label(i)), inputs.Labels().data<long>().ToArray());
        Assert.Equal(draws.Uniform(CPU, 2).data<float>().ToArray(), inputs.Draws.Uniform(CPU, 2).data<float>().ToArray());
    }

    [Theory]
    [InlineData(0.1, MaskingSchedule.Arccos)]
    [InlineData(0.3, MaskingSchedule.Cosine)]
    public void Tokens_Drawn_AreWhatLibtorchsOperatorsMakeOfThem(double drop, MaskingSchedule masking)
    {
        using var runs = new TestRuns();
        using var scope = NewDisposeScope();
        using var tokens = Open(runs, 500);
        var settings = SpecificationJson.Parse(TestRuns.Work("pgm", 1).Specification).Training with { LabelDrop = drop, Masking = masking };
        var indices = Enumerable.Range(0, 500).Reverse().ToArray();
        var draws = RandomStream.Of(5, RandomPurpose.MicroBatch, 2, 1);
        using var inputs = new TokenInputs(tokens, settings, indices.Length, (64, 10), CPU);

        inputs.Fill(indices, RandomStream.Of(5, RandomPurpose.MicroBatch, 2, 1), training: true);

        var batch = inputs.Batch();
        Assert.Equal(draws.Uniform(CPU, 500).lt(drop).data<bool>().ToArray(), batch.Dropped.data<bool>().ToArray());
        Assert.Equal(masking.MaskRatio(draws.Uniform(CPU, 500)).data<float>().ToArray(), batch.MaskRatios.data<float>().ToArray());
        Assert.Equal(indices.SelectMany(i => tokens.Codes(i).ToArray()).Select(c => (long)c), batch.Codes.data<long>().ToArray());
        Assert.Equal(indices.Select(i => (long)tokens.Label(i)), batch.Labels.data<long>().ToArray());
    }

    /// <summary>On libtorch's device without memory, as on a GPU, nothing could look at what is in a batch.</summary>
    [Theory]
    [InlineData(60, 10, "code")]
    [InlineData(64, 9, "label 9, the model's are 0 to 8")]
    public void Tokens_OutOfTheModelsRange_AreRefusedForAnyDevice(int codebook, int classes, string named)
    {
        using var runs = new TestRuns();
        using var tokens = Open(runs, 50);
        var settings = SpecificationJson.Parse(TestRuns.Work("pgm", 1).Specification).Training;
        using var inputs = new TokenInputs(tokens, settings, 50, (codebook, classes), ComputeDevice.Meta.Torch);

        var e = Assert.Throws<BadInputException>(() => FillAll(inputs));

        Assert.Contains(named, e.Message);
    }

    [Fact]
    public void Images_OfAClassThatTheModelHasNot_AreRefusedForAnyDevice()
    {
        using var runs = new TestRuns();
        using var images = new PreparedImages(TestRuns.Images(0, 50), 28, runs.Context());
        using var inputs = new ImageInputs(images, new DataSettings { ImageSize = 28 }, 50, 9, ComputeDevice.Meta.Torch);

        var e = Assert.Throws<BadInputException>(() => FillAll(inputs));

        Assert.Contains("is of class 9, the model has 9 classes", e.Message);
    }

    private static void FillAll(BatchInputs inputs) =>
        inputs.Fill([.. Enumerable.Range(0, 50)], RandomStream.Of(1, RandomPurpose.MicroBatch), training: true);

    private static TokenDataset Open(TestRuns runs, int count) => new([TokenShard.Open(runs.FileOf(runs.Tokens(count).Name))]);

    /// <summary>As it was done before, on the device.</summary>
    private static Tensor Augmented(Tensor images, DataSettings settings, RandomStream draws)
    {
        var batch = images.shape[0];
        if (settings.RandomFlip) images = where(draws.Uniform(CPU, batch).lt(0.5).view(batch, 1, 1, 1), images.flip(3), images);
        if (settings.RandomShift == 0) return images;
        var (d, size) = (settings.RandomShift, images.shape[2]);
        var offsets = (draws.Uniform(CPU, 2, batch) * (2 * d + 1)).floor().clamp_max(2 * d).to_type(int64).data<long>().ToArray();
        var padded = nn.functional.pad(images, (d, d, d, d), PaddingModes.Replicate, 0);
        return stack([.. Enumerable.Range(0, (int)batch).Select(b =>
            padded[b].narrow(1, offsets[b], size).narrow(2, offsets[batch + b], size))]);
    }
}
