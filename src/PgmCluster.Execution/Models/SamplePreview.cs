using PgmCluster.Data;
using PgmCluster.Data.Images;
using PgmCluster.Execution.Devices;
using PgmCluster.Execution.Documents;
using PgmCluster.Execution.Footprints;
using PgmCluster.Execution.Images;
using PgmCluster.Execution.Models.Loaded;
using PgmCluster.Execution.Specifications;
using PgmCluster.Execution.Work;
using PgmCluster.Modeling.Randomness;
using PgmCluster.Modeling.Sampling;
using PgmCluster.Modeling.Tokenizer;
using static TorchSharp.torch;

namespace PgmCluster.Execution.Models;

/// <summary>Draws a few images with a generative model in training.</summary>
internal sealed class SamplePreview : IDisposable
{
    private const int Images = 2 * TrainingTask.PreviewColumns, Steps = 16;
    private readonly LoadedModel<VqTokenizer> _tokenizer;
    private readonly TrainingSpecification _specification;
    private readonly ComputeDevice _device;

    private SamplePreview(LoadedModel<VqTokenizer> tokenizer, TrainingSpecification specification, ComputeDevice device) =>
        (_tokenizer, _specification, _device) = (tokenizer, specification, device);

    /// <summary>Loads the tokenizer where the run is to show samples.</summary>
    /// <returns>Null where it is not.</returns>
    public static SamplePreview? For(TrainingSpecification specification, TrainWork work, WorkContext context)
    {
        if (specification.Training.SampleSteps == 0) return null;
        var weights = work.Tokenizer
            ?? throw new BadInputException(
                "Starting a run with samples: the work names no tokenizer. Use training.sampleSteps=0, or a silo of this version.");
        return new SamplePreview(
            ModelFiles.Tokenizer(context.Artifacts, weights, context.Device.Torch, context.Interrupted), specification, context.Device);
    }

    /// <param name="model">Of kind "pgm", "pgm-once" or "maskgit".</param>
    /// <param name="classes">Its classes; they are shown in turn.</param>
    public IReadOnlyList<RgbImage> Draw(nn.Module model, int classes)
    {
        using var scope = NewDisposeScope();
        return PixelConversion.ToImages(
            _tokenizer.Model.Reconstruct(Codes(ModelFiles.AsTokenModel(model), _specification, _device, classes)));
    }

    /// <summary>Codes of the pictures, with as many keys and values at a time as a job that draws would keep.</summary>
    /// <returns>I64 [<see cref="Images"/>, height, width]</returns>
    internal static Tensor Codes(ITokenModel model, TrainingSpecification specification, ComputeDevice device, int classes)
    {
        using var scope = NewDisposeScope();
        var settings = new TokenSamplerSettings { Steps = Steps, Guidance = 1 };
        var sampler = new TokenSampler(model, settings, specification.Data.Height, specification.Data.Width);
        var labels = tensor(Enumerable.Range(0, Images).Select(i => (long)(i % classes)).ToArray(), device: device.Torch);
        var draws = new SamplerDraws(RandomStream.Of(specification.Seed, RandomPurpose.Preview), labels.device);
        return SamplingFootprint.Of(model, settings, Images, device, lanes: 1).Draw(sampler, labels, draws).MoveToOuterDisposeScope();
    }

    public void Dispose() => _tokenizer.Dispose();
}
