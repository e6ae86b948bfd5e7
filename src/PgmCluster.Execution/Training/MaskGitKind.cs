using System.Text.Json.Nodes;
using PgmCluster.Data.Images;
using PgmCluster.Data.Tokens;
using PgmCluster.Execution.Specifications;
using PgmCluster.Execution.Work;
using PgmCluster.Modeling.Blocks;
using PgmCluster.Modeling.MaskGit;
using PgmCluster.Modeling.Weights;
using static TorchSharp.torch;

namespace PgmCluster.Execution.Training;

/// <summary>Training of the MaskGIT baseline on token shards.</summary>
public sealed class MaskGitKind : IModelKind
{
    public string Name => "maskgit";

    public bool NeedsTokens => true;

    public JsonObject DefaultModel(DataFacts facts) => SpecificationJson.ToObject(
        new MaskGitSettings { Codebook = facts.Codebook, Height = facts.Height, Width = facts.Width, Classes = facts.Classes });

    public void Complete(JsonObject specification) { }

    public IEnumerable<string> Problems(TrainingSpecification specification)
    {
        var model = SpecificationJson.Read<MaskGitSettings>(specification.Model);
        foreach (var problem in model.Problems()) yield return "model." + problem;
        if (specification.Data.Height != model.Height || specification.Data.Width != model.Width)
            yield return $"model.height x model.width = {model.Height} x {model.Width}: must be data.height x data.width = {specification.Data.Height} x {specification.Data.Width}.";
    }

    public NamedModule CreateModel(TrainingSpecification specification) => new MaskGitTransformer(SpecificationJson.Read<MaskGitSettings>(specification.Model));

    public TrainingTask CreateTask(TrainingSpecification specification, TrainWork work, WorkContext context) =>
        new MaskGitTask(specification, new TokenDataset([.. work.Tokens!.Select(shard => TokenShard.Open(context.Artifacts.LocalPath(shard.Name)))]), SamplePreview.For(specification, work, context), ownsTokens: true);

    private sealed class MaskGitTask : TrainingTask
    {
        private readonly TrainingSpecification _specification;
        private readonly TokenDataset _tokens;
        private readonly MaskGitTransformer _model;

        private readonly SamplePreview? _preview;
        private readonly bool _ownsTokens;

        public MaskGitTask(TrainingSpecification specification, TokenDataset tokens, SamplePreview? preview, bool ownsTokens)
        {
            (_specification, _tokens, _preview, _ownsTokens) = (specification, tokens, preview, ownsTokens);
            _model = new MaskGitTransformer(SpecificationJson.Read<MaskGitSettings>(specification.Model)) { ComputeType = specification.Numerics.ComputeType };
            WeightInitialization.Apply(StateDict.Of(_model), specification.Seed, (name, tensor) => name switch
            {
                // Every block begins as the identity (adaLN-zero); the other choices are the public code's.
                _ when name.StartsWith("transformer.", StringComparison.Ordinal) && name.Contains(".mlp.", StringComparison.Ordinal) => WeightInitialization.Start.Zero,
                _ when name.EndsWith("_emb.weight", StringComparison.Ordinal) || name == "reg_tokens.weight" => WeightInitialization.Start.SmallNormal,
                _ when tensor.shape.Length > 1 => WeightInitialization.Start.Xavier,
                _ when name.EndsWith(".weight", StringComparison.Ordinal) => WeightInitialization.Start.One,
                _ => WeightInitialization.Start.Zero,
            });
        }

        public override nn.Module Model => _model;

        public override int Examples => _tokens.Count;

        public override TrainingTask Replicate() => new MaskGitTask(_specification, _tokens, null, ownsTokens: false);

        public override IReadOnlyList<RgbImage>? Preview() => _preview?.Draw(_model, _model.Settings.Classes);

        public override MicroBatchLoss Loss(ReadOnlySpan<int> indices, Generator generator) => new(Loss(indices, generator, training: true));

        public override Tensor ValidationLoss(ReadOnlySpan<int> indices, Generator generator) => Loss(indices, generator, training: false);

        private Tensor Loss(ReadOnlySpan<int> indices, Generator generator, bool training)
        {
            using var scope = NewDisposeScope();
            var settings = _model.Settings;
            var batch = TokenBatch.Draw(_tokens, indices, _specification.Training, generator, dropLabels: training);
            var hidden = rand(batch.Codes.shape, dtype: float32, generator: generator).lt(batch.Shares);
            var dropout = training && settings.Dropout > 0 ? new Dropout(settings.Dropout, generator) : null;
            var loss = _model.Loss(batch.Codes.view(-1, settings.Height, settings.Width), hidden.view(-1, settings.Height, settings.Width), batch.Labels, batch.Dropped, dropout);
            return loss.MoveToOuterDisposeScope();
        }

        public override void Dispose()
        {
            _preview?.Dispose();
            if (_ownsTokens) _tokens.Dispose();
            base.Dispose();
        }
    }
}
