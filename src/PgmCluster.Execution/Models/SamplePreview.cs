using PgmCluster.Data;
using PgmCluster.Data.Images;
using PgmCluster.Execution.Documents;
using PgmCluster.Execution.Images;
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

    private SamplePreview(LoadedModel<VqTokenizer> tokenizer, TrainingSpecification specification) =>
        (_tokenizer, _specification) = (tokenizer, specification);

    /// <summary>Loads the tokenizer where the run is to show samples.</summary>
    /// <returns>Null where it is not.</returns>
    public static SamplePreview? For(TrainingSpecification specification, TrainWork work, WorkContext context)
    {
        if (specification.Training.SampleSteps == 0) return null;
        var weights = work.Tokenizer
            ?? throw new BadInputException(
                "Starting a run with samples: the work names no tokenizer. Use training.sampleSteps=0, or a silo of this version.");
        return new SamplePreview(
            ModelFiles.Tokenizer(context.Artifacts, weights, context.Device.Torch, context.Interrupted), specification);
    }

    /// <param name="model">Of kind "pgm", "pgm-once" or "maskgit".</param>
    /// <param name="classes">Its classes; they are shown in turn.</param>
    public IReadOnlyList<RgbImage> Draw(nn.Module model, int classes)
    {
        using var scope = NewDisposeScope();
        var settings = new TokenSamplerSettings { Steps = Steps, Guidance = 1 };
        var sampler = new TokenSampler(ModelFiles.AsTokenModel(model), settings, _specification.Data.Height, _specification.Data.Width);
        var draws = RandomStream.Of(_specification.Seed, RandomPurpose.Preview);
        var labels = tensor(Enumerable.Range(0, Images).Select(i => (long)(i % classes)).ToArray(), device: _tokenizer.Model.Device);
        return PixelConversion.ToImages(_tokenizer.Model.Reconstruct(sampler.Sample(labels, new SamplerDraws(draws, labels.device))));
    }

    public void Dispose() => _tokenizer.Dispose();
}
