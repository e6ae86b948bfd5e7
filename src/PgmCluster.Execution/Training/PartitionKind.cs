using System.Text.Json.Nodes;
using PgmCluster.Data.Images;
using PgmCluster.Data.Tokens;
using PgmCluster.Execution.Specifications;
using PgmCluster.Execution.Work;
using PgmCluster.Modeling.Blocks;
using PgmCluster.Modeling.Partition;
using PgmCluster.Modeling.Weights;
using static TorchSharp.torch;

namespace PgmCluster.Execution.Training;

/// <summary>Training of partition transformers on token shards (paper section 3).</summary>
public sealed class PartitionKind : IModelKind
{
    public string Name => "pgm";

    public bool NeedsTokens => true;

    public JsonObject DefaultModel(DataFacts facts) => SpecificationJson.ToObject(
        new PartitionTransformerSettings { Codebook = facts.Codebook, Tokens = facts.Height * facts.Width, Classes = facts.Classes });

    public void Complete(JsonObject specification) { }

    public IEnumerable<string> Problems(TrainingSpecification specification)
    {
        var model = SpecificationJson.Read<PartitionTransformerSettings>(specification.Model);
        foreach (var problem in model.Problems()) yield return "model." + problem;
        if (specification.Data.Height * specification.Data.Width != model.Tokens)
            yield return $"model.tokens = {model.Tokens}: must be data.height x data.width = {specification.Data.Height} x {specification.Data.Width}.";
    }

    public NamedModule CreateModel(TrainingSpecification specification) => new PartitionTransformer(SpecificationJson.Read<PartitionTransformerSettings>(specification.Model));

    public TrainingTask CreateTask(TrainingSpecification specification, TrainWork work, WorkContext context) =>
        new PartitionTask(specification, new TokenDataset([.. work.Tokens!.Select(shard => TokenShard.Open(context.Artifacts.LocalPath(shard.Name)))]), SamplePreview.For(specification, work, context), ownsTokens: true);

    private sealed class PartitionTask : TrainingTask
    {
        private readonly TrainingSpecification _specification;
        private readonly TokenDataset _tokens;
        private readonly PartitionTransformer _model;

        private readonly SamplePreview? _preview;
        private readonly bool _ownsTokens;

        public PartitionTask(TrainingSpecification specification, TokenDataset tokens, SamplePreview? preview, bool ownsTokens)
        {
            (_specification, _tokens, _preview, _ownsTokens) = (specification, tokens, preview, ownsTokens);
            _model = new PartitionTransformer(SpecificationJson.Read<PartitionTransformerSettings>(specification.Model)) { ComputeType = specification.Numerics.ComputeType };
            WeightInitialization.Apply(StateDict.Of(_model), specification.Seed, (name, tensor) => name switch
            {
                // Every block begins as the identity and the logits at 0 (paper's adaLN-zero).
                _ when name.Contains("adaLN_modulation", StringComparison.Ordinal) => WeightInitialization.Start.Zero,
                "output_layer.linear.weight" => WeightInitialization.Start.Zero,
                "vocab_embed.embedding" or "cls_embed.embedding_table.weight" or "reg_tokens.weight" or "decoder.group_swap.base_embedding" => WeightInitialization.Start.SmallNormal,
                _ when tensor.shape.Length > 1 => WeightInitialization.Start.FanIn,
                _ when name.Contains("norm", StringComparison.Ordinal) && name.EndsWith("weight", StringComparison.Ordinal) => WeightInitialization.Start.One,
                _ => WeightInitialization.Start.Zero,
            });
        }

        public override nn.Module Model => _model;

        public override int Examples => _tokens.Count;

        public override TrainingTask Replicate() => new PartitionTask(_specification, _tokens, null, ownsTokens: false);

        public override IReadOnlyList<RgbImage>? Preview() => _preview?.Draw(_model, _model.Settings.Classes);

        public override MicroBatchLoss Loss(ReadOnlySpan<int> indices, Generator generator) => new(Loss(indices, generator, training: true));

        public override Tensor ValidationLoss(ReadOnlySpan<int> indices, Generator generator) => Loss(indices, generator, training: false);

        private Tensor Loss(ReadOnlySpan<int> indices, Generator generator, bool training)
        {
            using var scope = NewDisposeScope();
            var settings = _model.Settings;
            var batch = TokenBatch.Draw(_tokens, indices, _specification.Training, generator, dropLabels: training);
            var bos = full([indices.Length, 1], settings.BosId, dtype: int64);
            var groups = rand(indices.Length, settings.Length, dtype: float32, generator: generator).lt(batch.Shares);
            groups.narrow(1, 0, 1).fill_(false);
            var dropout = training && settings.Dropout > 0 ? new Dropout(settings.Dropout, generator) : null;
            var loss = _model.Loss(cat([bos, batch.Codes], 1), groups, batch.Labels, batch.Dropped, dropout);
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
