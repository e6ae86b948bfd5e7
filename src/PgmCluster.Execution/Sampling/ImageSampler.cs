using PgmCluster.Data.Artifacts;
using PgmCluster.Execution.Devices;
using PgmCluster.Execution.Footprints;
using PgmCluster.Execution.Models;
using PgmCluster.Execution.Models.Loaded;
using PgmCluster.Execution.Specifications;
using PgmCluster.Execution.Work;
using PgmCluster.Modeling.Randomness;
using PgmCluster.Modeling.Sampling;
using PgmCluster.Modeling.Tokenizer;
using static TorchSharp.torch;

namespace PgmCluster.Execution.Sampling;

/// <summary>Generates images batch by batch: tokens from the model, pixels from the tokenizer's decoder.</summary>
public sealed class ImageSampler : IDisposable
{
    private readonly BorrowedModel<LoadedTokenModel> _model;
    private readonly BorrowedModel<LoadedModel<VqTokenizer>> _tokenizer;
    private readonly SamplerSettings _settings;
    private readonly TokenSampler _sampler;
    private readonly Device _device;
    private readonly ComputeLanes _lanes;
    private readonly SamplingFootprint _footprint;

    /// <param name="context">Where the weights are, and the device that computes.</param>
    /// <param name="model">Weights of the run of the generative model.</param>
    /// <param name="tokenizer">Weights of its tokenizer.</param>
    /// <param name="settings">How to draw.</param>
    /// <param name="lanes">Compute the batches; not disposed here.</param>
    public ImageSampler(WorkContext context, ArtifactInfo model, ArtifactInfo tokenizer, SamplerSettings settings, ComputeLanes lanes)
    {
        (_settings, _device, _lanes) = (settings, context.Device.Torch, lanes);
        context.Device.Require(Precisions.TypeOf(settings.Precision));
        _model = context.Generative(model, settings.UseEma, settings.Precision);
        try
        {
            _tokenizer = context.Tokenizer(tokenizer);
            var data = _model.Value.Specification.Data;
            _sampler = new TokenSampler(_model.Value.Model, settings, data.Height, data.Width);
            _footprint = SamplingFootprint.Of(_model.Value.Model, settings, settings.BatchSize, context.Device, lanes.Count);
            if (_footprint.IsShort)
            {
                context.Warn(
                    $"Drawing on {context.Device.Name}: images are drawn in parts that would keep "
                    + $"{MemoryEstimate.Gigabytes(_footprint.Bytes)} GB of keys and values, and "
                    + $"{MemoryEstimate.Gigabytes(_footprint.AvailableBytes)} GB are set aside for them. {_footprint.AtATime} images are "
                    + "drawn at a time: the same draws, more slowly, and last bits (so now and then a token) may be others than on a "
                    + "machine with more memory.");
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Images for labels, a batch at a time.</summary>
    /// <param name="labels">One class per image.</param>
    /// <param name="seed">The chunk's seed.</param>
    /// <param name="context">Asked between batches whether to go on.</param>
    /// <param name="batch">Receives the index of the first image and the images, F32 [b, 3, S, S] in [-1, 1], which live as long as the
    /// call; called by several lanes at once.</param>
    public void Sample(IReadOnlyList<int> labels, long seed, WorkContext context, Action<int, Tensor> batch)
    {
        var done = 0;
        _lanes.Run((labels.Count + _settings.BatchSize - 1) / _settings.BatchSize, (index, _) =>
        {
            context.ThrowIfInterrupted();
            using var scope = NewDisposeScope();
            using var inference = inference_mode();
            var first = index * _settings.BatchSize;
            var count = Math.Min(_settings.BatchSize, labels.Count - first);
            var draws = new SamplerDraws(RandomStream.Of(seed, RandomPurpose.Sampling, index), _device);
            var classes = tensor(labels.Skip(first).Take(count).Select(l => (long)l).ToArray(), device: _device);
            batch(first, _tokenizer.Value.Model.Reconstruct(_footprint.Draw(_sampler, classes, draws)));
            context.Progress(new WorkProgress(Interlocked.Add(ref done, count), labels.Count, "image"));
        });
    }

    public void Dispose()
    {
        _model.Dispose();
        _tokenizer?.Dispose();
    }
}
