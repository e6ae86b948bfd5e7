using System.Text.Json.Nodes;
using PgmCluster.Data.Images;
using PgmCluster.Execution.Documents;
using PgmCluster.Execution.Footprints;
using PgmCluster.Execution.Images;
using PgmCluster.Execution.Inputs;
using PgmCluster.Execution.Specifications;
using PgmCluster.Execution.Work;
using PgmCluster.Modeling.Blocks;
using PgmCluster.Modeling.Randomness;
using PgmCluster.Modeling.Runtime;
using PgmCluster.Modeling.Tokenizer;
using static TorchSharp.torch;

namespace PgmCluster.Execution.Models;

/// <summary>Training of VQ tokenizers on images.</summary>
public sealed class TokenizerKind : IModelKind
{
    public string Name => "tokenizer";

    public bool NeedsTokens => false;

    public JsonObject DefaultModel(DataFacts facts) => SpecificationJson.ToObject(new VqSettings());

    public void Complete(JsonObject specification) { }

    public IEnumerable<string> Problems(TrainingSpecification specification)
    {
        var model = SpecificationJson.Read<VqSettings>(specification.Model);
        foreach (var problem in model.Problems()) yield return "model." + problem;
        if (specification.Data.ImageSize < 1 || specification.Data.ImageSize % model.Downsampling != 0)
            yield return $"data.imageSize = {specification.Data.ImageSize}: must be a multiple of {model.Downsampling} (one halving per stage but the first).";
    }

    public ModelFootprint Footprint(TrainingSpecification specification) => TokenizerFootprint.Of(
        SpecificationJson.Read<VqSettings>(specification.Model), specification.Data.ImageSize, specification.Training.PerMicroBatch);

    public NamedModule CreateModel(TrainingSpecification specification, Device device) =>
        new VqTokenizer(SpecificationJson.Read<VqSettings>(specification.Model), seed: null, device);

    public TrainingTask CreateTask(TrainingSpecification specification, TrainWork work, WorkContext context) =>
        new TokenizerTask(
            specification, new PreparedImages(work.Images!, specification.Data.ImageSize, context), context.Device.Torch, ownsImages: true);

    private sealed class TokenizerTask : TrainingTask
    {
        private readonly TrainingSpecification _specification;
        private readonly PreparedImages _images;
        private readonly Device _device;
        private readonly VqTokenizer _model;

        private readonly bool _ownsImages;
        private int[]? _shown;

        public TokenizerTask(TrainingSpecification specification, PreparedImages images, Device device, bool ownsImages)
        {
            (_specification, _images, _device, _ownsImages) = (specification, images, device, ownsImages);
            _model = new VqTokenizer(SpecificationJson.Read<VqSettings>(specification.Model), specification.Seed, device)
            {
                ComputeType = specification.Numerics.ComputeType,
            };
        }

        public override nn.Module Model => _model;

        public override int Examples => _images.Count;

        public override int Label(int index) => _images.Label(index);

        public override TrainingTask Replicate() => new TokenizerTask(_specification, _images, _device, ownsImages: false);

        public override BatchInputs MakeInputs(int count) => new ImageInputs(_images, _specification.Data, count, classes: null, _device);

        public override MicroBatchLoss Backward(BatchInputs inputs)
        {
            using var scope = NewDisposeScope();
            var loss = _model.Loss(((ImageInputs)inputs).Pixels());
            loss.Total.backward();
            return new MicroBatchLoss(loss.Total.detach().MoveToOuterDisposeScope(), loss.Codes.MoveToOuterDisposeScope());
        }

        public override Tensor ValidationLoss(BatchInputs inputs)
        {
            using var scope = NewDisposeScope();
            return _model.Loss(((ImageInputs)inputs).Pixels()).Total.MoveToOuterDisposeScope();
        }

        /// <summary>Some images, held-out ones where there are any, and below each what the model makes of it.</summary>
        public override IReadOnlyList<RgbImage> Preview()
        {
            using var scope = NewDisposeScope();
            using var _ = no_grad();
            _shown ??= new ExampleSplit(_specification, this).Shown(PreviewColumns);
            var images = _images.Batch(_shown, _device);
            return [.. PixelConversion.ToImages(images), .. PixelConversion.ToImages(_model.Reconstruct(_model.Tokenize(images)))];
        }

        public override void AfterStep(long step, IReadOnlyList<Tensor?> auxiliaries)
        {
            using var scope = NewDisposeScope();
            _model.Quantizer.RecordUsage(cat([.. auxiliaries.Select(a => a!.flatten())]));
            var every = _specification.Training.CodeRestartSteps;
            // Not near the end: a code moved then has no time to settle.
            if (every > 0 && (step + 1) % every == 0 && step + 1 <= _specification.Training.Steps * 3 / 4) RestartUnusedCodes(step, every);
        }

        /// <summary>Moves codes that the last <paramref name="every"/> steps never used next to codes that they used most.</summary>
        private void RestartUnusedCodes(long step, int every)
        {
            using var _ = no_grad();
            var codebook = _model.Quantizer.Codebook.W;
            var entries = codebook.shape[0];
            var positions = (long)_specification.Training.BatchSize * (_specification.Data.ImageSize / _model.Settings.Downsampling) * (_specification.Data.ImageSize / _model.Settings.Downsampling);
            var window = (int)Math.Min(VectorQuantizer.UsageWindow, positions * every);
            var counts = new long[entries];
            var recent = _model.Quantizer.Used.narrow(0, VectorQuantizer.UsageWindow - window, window);
            foreach (var code in HostRead.Values<float>(recent)) counts[(int)code]++;
            var unused = Enumerable.Range(0, (int)entries).Where(c => counts[c] == 0).ToArray();
            if (unused.Length == 0) return;
            var crowded = Enumerable.Range(0, (int)entries).OrderByDescending(c => counts[c]).ThenBy(c => c).Take(unused.Length).ToArray();
            var draws = RandomStream.Of(_specification.Seed, RandomPurpose.CodeRestart, step);
            var noise = draws.Normal(unused.Length, codebook.shape[1]).to(_device) * 0.1;
            var sources = codebook.index_select(0, tensor(crowded.Select(c => (long)c).ToArray(), device: _device));
            sources /= sources.norm(1, keepdim: true);
            var moved = tensor(unused.Take(crowded.Length).Select(c => (long)c).ToArray(), device: _device);
            codebook.index_copy_(0, moved, sources + noise / Math.Sqrt(codebook.shape[1]));
        }

        public override void Dispose()
        {
            if (_ownsImages) _images.Dispose();
            base.Dispose();
        }
    }
}
