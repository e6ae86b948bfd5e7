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
internal sealed class TokenizerKind() : ModelKind<VqSettings, VqTokenizer>("tokenizer", needsTokens: false)
{
    public override JsonObject DefaultModel(DataFacts facts) => SpecificationJson.ToObject(new VqSettings());

    public override TrainingTask CreateTask(TrainingSpecification specification, TrainWork work, WorkContext context) =>
        new TokenizerTask(this, ImageTask.Source.Open(specification, work, context), ownsSource: true);

    protected override IEnumerable<string> Problems(VqSettings model, TrainingSpecification specification)
    {
        foreach (var problem in model.Problems()) yield return "model." + problem;
        var size = specification.Data.ImageSize;
        if (size < 1 || size % model.Downsampling != 0)
            yield return $"data.imageSize = {size}: must be a multiple of {model.Downsampling} (one halving per stage but the first).";
    }

    protected override ModelFootprint Footprint(VqSettings model, TrainingSpecification specification) =>
        TokenizerFootprint.Of(model, specification.Data.ImageSize, specification.Training.PerMicroBatch);

    protected override VqTokenizer Create(VqSettings model, long? seed, Device device) => new(model, seed, device);

    private sealed class TokenizerTask(TokenizerKind kind, ImageTask.Source source, bool ownsSource)
        : ImageTask(source, kind.CreateInitial(source.Specification, source.Device), ownsSource)
    {
        private int[]? _shown;

        private VqTokenizer Tokenizer => (VqTokenizer)Model;

        protected override int? Classes => null;

        public override TrainingTask Replicate() => new TokenizerTask(kind, Shared, ownsSource: false);

        public override MicroBatchLoss Backward(BatchInputs inputs)
        {
            using var scope = NewDisposeScope();
            var loss = Tokenizer.Loss(((ImageInputs)inputs).Pixels());
            loss.Total.backward();
            return new MicroBatchLoss(loss.Total.detach().MoveToOuterDisposeScope(), loss.Codes.MoveToOuterDisposeScope());
        }

        public override Tensor ValidationLoss(BatchInputs inputs)
        {
            using var scope = NewDisposeScope();
            return Tokenizer.Loss(((ImageInputs)inputs).Pixels()).Total.MoveToOuterDisposeScope();
        }

        /// <summary>Some images, held-out ones where there are any, and below each what the model makes of it.</summary>
        public override IReadOnlyList<RgbImage> Preview()
        {
            using var scope = NewDisposeScope();
            using var _ = no_grad();
            _shown ??= new ExampleSplit(Shared.Specification, this).Shown(PreviewColumns);
            var images = Shared.Images.Batch(_shown, Shared.Device);
            return [.. PixelConversion.ToImages(images), .. PixelConversion.ToImages(Tokenizer.Reconstruct(Tokenizer.Tokenize(images)))];
        }

        public override void AfterStep(long step, IReadOnlyList<Tensor?> auxiliaries)
        {
            using var scope = NewDisposeScope();
            Tokenizer.Quantizer.RecordUsage(cat([.. auxiliaries.Select(a => a!.flatten())]));
            var (every, steps) = (Shared.Specification.Training.CodeRestartSteps, Shared.Specification.Training.Steps);
            // Not near the end: a code moved then has no time to settle.
            if (every > 0 && (step + 1) % every == 0 && step + 1 <= steps * 3 / 4) RestartUnusedCodes(step, every);
        }

        /// <summary>Moves codes that the last <paramref name="every"/> steps never used next to codes that they used most.</summary>
        private void RestartUnusedCodes(long step, int every)
        {
            using var _ = no_grad();
            var codebook = Tokenizer.Quantizer.Codebook.W;
            var entries = codebook.shape[0];
            var side = Shared.Specification.Data.ImageSize / Tokenizer.Settings.Downsampling;
            var positions = (long)Shared.Specification.Training.BatchSize * side * side;
            var window = (int)Math.Min(VectorQuantizer.UsageWindow, positions * every);
            var counts = new long[entries];
            var recent = Tokenizer.Quantizer.Used.narrow(0, VectorQuantizer.UsageWindow - window, window);
            foreach (var code in HostRead.Values<float>(recent)) counts[(int)code]++;
            var unused = Enumerable.Range(0, (int)entries).Where(c => counts[c] == 0).ToArray();
            if (unused.Length == 0) return;
            var crowded = Enumerable.Range(0, (int)entries).OrderByDescending(c => counts[c]).ThenBy(c => c).Take(unused.Length).ToArray();
            var draws = RandomStream.Of(Shared.Specification.Seed, RandomPurpose.CodeRestart, step);
            var noise = draws.Normal(unused.Length, codebook.shape[1]).to(Shared.Device) * 0.1;
            var sources = codebook.index_select(0, tensor(crowded.Select(c => (long)c).ToArray(), device: Shared.Device));
            sources /= sources.norm(1, keepdim: true);
            var moved = tensor(unused.Take(crowded.Length).Select(c => (long)c).ToArray(), device: Shared.Device);
            codebook.index_copy_(0, moved, sources + noise / Math.Sqrt(codebook.shape[1]));
        }
    }
}
