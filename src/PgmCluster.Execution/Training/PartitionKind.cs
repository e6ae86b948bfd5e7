using System.Text.Json.Nodes;
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
        new PartitionTask(TokenTask.Source.Open(specification, work, context), ownsSource: true);

    private sealed class PartitionTask : TokenTask
    {
        private readonly Source _source;
        private readonly PartitionTransformer _model;

        public PartitionTask(Source source, bool ownsSource) : base(source, ownsSource)
        {
            _source = source;
            _model = new PartitionTransformer(SpecificationJson.Read<PartitionTransformerSettings>(source.Specification.Model)) { ComputeType = source.Specification.Numerics.ComputeType };
            WeightInitialization.Apply(StateDict.Of(_model), source.Specification.Seed, (name, tensor) => name switch
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

        protected override int Classes => _model.Settings.Classes;

        protected override double DropoutProbability => _model.Settings.Dropout;

        public override TrainingTask Replicate() => new PartitionTask(_source, ownsSource: false);

        protected override Tensor LossOf(TokenBatch batch, Generator generator, Dropout? dropout)
        {
            var settings = _model.Settings;
            var bos = full([batch.Labels.shape[0], 1], settings.BosId, dtype: int64);
            var groups = rand(batch.Labels.shape[0], settings.Length, dtype: float32, generator: generator).lt(batch.Shares);
            groups.narrow(1, 0, 1).fill_(false);
            return _model.Loss(cat([bos, batch.Codes], 1), groups, batch.Labels, batch.Dropped, dropout);
        }
    }
}
