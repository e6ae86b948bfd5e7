using System.Text.Json.Nodes;
using PgmCluster.Execution.Documents;
using PgmCluster.Execution.Footprints;
using PgmCluster.Execution.Inputs;
using PgmCluster.Execution.Specifications;
using PgmCluster.Execution.Work;
using PgmCluster.Modeling.Blocks;
using PgmCluster.Modeling.Partition;
using PgmCluster.Modeling.Randomness;
using static TorchSharp.torch;

namespace PgmCluster.Execution.Models;

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

    public ModelFootprint Footprint(TrainingSpecification specification) => PartitionFootprint.Of(
        SpecificationJson.Read<PartitionTransformerSettings>(specification.Model), specification.Training.PerMicroBatch, specification.Training.Recompute);

    public NamedModule CreateModel(TrainingSpecification specification, Device device) =>
        new PartitionTransformer(SpecificationJson.Read<PartitionTransformerSettings>(specification.Model), seed: null, device);

    public TrainingTask CreateTask(TrainingSpecification specification, TrainWork work, WorkContext context) =>
        new PartitionTask(TokenTask.Source.Open(specification, work, context), ownsSource: true);

    private sealed class PartitionTask : TokenTask
    {
        private readonly Source _source;
        private readonly PartitionTransformer _model;

        public PartitionTask(Source source, bool ownsSource) : base(source, ownsSource)
        {
            _source = source;
            _model = new PartitionTransformer(SpecificationJson.Read<PartitionTransformerSettings>(source.Specification.Model), source.Specification.Seed, source.Device)
            {
                ComputeType = source.Specification.Numerics.ComputeType,
            };
        }

        public override nn.Module Model => _model;

        protected override int Classes => _model.Settings.Classes;

        protected override int Codebook => _model.Settings.Codebook;

        protected override double DropoutProbability => _model.Settings.Dropout;

        public override TrainingTask Replicate() => new PartitionTask(_source, ownsSource: false);

        protected override Tensor LossOf(TokenBatch batch, RandomStream draws, Dropout? dropout, bool training, bool recompute)
        {
            var settings = _model.Settings;
            var bos = full([batch.Labels.shape[0], 1], settings.BosId, dtype: int64, device: batch.Labels.device);
            var groups = PartitionGroups.Draw(batch.MaskRatios, settings, draws);
            var tokens = cat([bos, batch.Codes], 1);
            return training
                ? _model.Backward(tokens, groups, batch.Labels, batch.Dropped, dropout, recompute)
                : _model.Loss(tokens, groups, batch.Labels, batch.Dropped, dropout);
        }
    }
}
