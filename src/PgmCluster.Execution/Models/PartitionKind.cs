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
/// <param name="name">See <see cref="IModelKind.Name"/>.</param>
/// <param name="blockCausal">What <see cref="PartitionTransformerSettings.BlockCausal"/> is for this kind.</param>
internal class PartitionKind(string name = "pgm", bool blockCausal = false)
    : ModelKind<PartitionTransformerSettings, PartitionTransformer>(name, needsTokens: true)
{
    private const string CrossKeyValues = "crossKeyValues";

    public override JsonObject DefaultModel(DataFacts facts)
    {
        var model = SpecificationJson.ToObject(new PartitionTransformerSettings
        {
            Codebook = facts.Codebook,
            Tokens = facts.Height * facts.Width,
            Classes = facts.Classes,
            BlockCausal = blockCausal,
        });
        // To be set; what is left at it is left out again.
        model[CrossKeyValues] = PartitionTransformerSettings.OwnKeyValues;
        return model;
    }

    /// <summary>What stands for specifications written before there was a choice: they keep their text, and so their hash.</summary>
    public override void Complete(JsonObject specification)
    {
        base.Complete(specification);
        var model = specification["model"]!.AsObject();
        if (JsonNode.DeepEquals(model[CrossKeyValues], PartitionTransformerSettings.OwnKeyValues)) model.Remove(CrossKeyValues);
    }

    public override TrainingTask CreateTask(TrainingSpecification specification, TrainWork work, WorkContext context) =>
        new PartitionTask(this, TokenTask.Source.Open(specification, work, context), ownsSource: true);

    protected override IEnumerable<string> Problems(PartitionTransformerSettings model, TrainingSpecification specification)
    {
        if (model.BlockCausal != blockCausal)
        {
            yield return blockCausal
                ? "model.blockCausal = false: must be true for kind pgm-once. Use a preset of kind pgm."
                : "model.blockCausal = true: must be false for kind pgm. Use a preset of kind pgm-once.";
        }
        foreach (var problem in model.Problems()) yield return "model." + problem;
        if (specification.Data.Height * specification.Data.Width != model.Tokens)
        {
            yield return $"model.tokens = {model.Tokens}: must be data.height x data.width = "
                + $"{specification.Data.Height} x {specification.Data.Width}.";
        }
    }

    protected override ModelFootprint Footprint(PartitionTransformerSettings model, TrainingSpecification specification) =>
        PartitionFootprint.Of(model, specification.Training.PerMicroBatch, specification.Training.Recompute);

    protected override PartitionTransformer Create(PartitionTransformerSettings model, long? seed, Device device) =>
        new(model, seed, device);

    protected class PartitionTask(PartitionKind kind, TokenTask.Source source, bool ownsSource)
        : TokenTask(source, kind.CreateInitial(source.Specification, source.Device), ownsSource)
    {
        protected PartitionKind Kind => kind;

        protected PartitionTransformer Transformer => (PartitionTransformer)Model;

        protected override int Classes => Transformer.Settings.Classes;

        protected override int Codebook => Transformer.Settings.Codebook;

        protected override double DropoutProbability => Transformer.Settings.Dropout;

        public override TrainingTask Replicate() => new PartitionTask(kind, Shared, ownsSource: false);

        protected override Tensor LossOf(TokenBatch batch, RandomStream draws, Dropout? dropout, bool training, bool recompute)
        {
            var groups = PartitionGroups.Draw(batch.MaskRatios, Transformer.Settings, draws);
            var tokens = Sequence(batch);
            return training
                ? Transformer.Backward(tokens, groups, batch.Labels, batch.Dropped, dropout, recompute)
                : Transformer.Loss(tokens, groups, batch.Labels, batch.Dropped, dropout);
        }

        /// <summary>Bos and the codes, I64 [B, 1 + n].</summary>
        protected Tensor Sequence(TokenBatch batch)
        {
            var bos = full([batch.Labels.shape[0], 1], Transformer.Settings.BosId, dtype: int64, device: batch.Labels.device);
            return cat([bos, batch.Codes], 1);
        }
    }
}
