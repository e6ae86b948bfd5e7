using System.Text.Json.Nodes;
using PgmCluster.Execution.Documents;
using PgmCluster.Execution.Footprints;
using PgmCluster.Execution.Inputs;
using PgmCluster.Execution.Specifications;
using PgmCluster.Execution.Work;
using PgmCluster.Modeling.BlockCausal;
using PgmCluster.Modeling.Blocks;
using PgmCluster.Modeling.Likelihood;
using PgmCluster.Modeling.Partition;
using PgmCluster.Modeling.Randomness;
using static TorchSharp.torch;

namespace PgmCluster.Execution.Models;

/// <summary>
/// Training of block-causal partition transformers, which encode each token once, on token shards: a PGM's training but for the draw
/// (blocks in the order of a sampler instead of two groups) and the masks.
/// </summary>
internal sealed class BlockCausalKind() : ModelKind<PartitionTransformerSettings, PartitionTransformer>("pgm-once", needsTokens: true)
{
    public override JsonObject DefaultModel(DataFacts facts) => SpecificationJson.ToObject(new PartitionTransformerSettings
    {
        Codebook = facts.Codebook,
        Tokens = facts.Height * facts.Width,
        Classes = facts.Classes,
        BlockCausal = true,
    });

    public override void AddGroups(JsonObject specification) => specification["orders"] = SpecificationJson.ToObject(new RevealOrders());

    public override TrainingTask CreateTask(TrainingSpecification specification, TrainWork work, WorkContext context) =>
        new BlockCausalTask(
            this, TokenTask.Source.Open(specification, work, context), ownsSource: true,
            new RevealBlocks(specification.Orders!, specification.Data.Height, specification.Data.Width));

    protected override IEnumerable<string> Problems(PartitionTransformerSettings model, TrainingSpecification specification)
    {
        if (!model.BlockCausal) yield return "model.blockCausal = false: must be true for kind pgm-once. Use a preset of kind pgm.";
        foreach (var problem in PartitionKind.SizeProblems(model, specification)) yield return problem;
        foreach (var problem in specification.Orders?.Problems() ?? ["is missing; kind pgm-once needs it."])
            yield return "orders." + problem;
    }

    protected override ModelFootprint Footprint(PartitionTransformerSettings model, TrainingSpecification specification) =>
        PartitionFootprint.Of(model, specification.Training.PerMicroBatch, specification.Training.Recompute);

    protected override PartitionTransformer Create(PartitionTransformerSettings model, long? seed, Device device) =>
        new(model, seed, device);

    private sealed class BlockCausalTask(BlockCausalKind kind, TokenTask.Source source, bool ownsSource, RevealBlocks blocks)
        : TokenTask(source, kind.CreateInitial(source.Specification, source.Device), ownsSource)
    {
        private PartitionTransformer Transformer => (PartitionTransformer)Model;

        protected override int Classes => Transformer.Settings.Classes;

        protected override int Codebook => Transformer.Settings.Codebook;

        protected override double DropoutProbability => Transformer.Settings.Dropout;

        protected override RevealBlocks Blocks => blocks;

        public override TrainingTask Replicate() => new BlockCausalTask(kind, Shared, ownsSource: false, blocks);

        protected override Tensor LossOf(TokenBatch batch, RandomStream draws, Dropout? dropout, bool training, bool recompute)
        {
            if (!training) return LikelihoodLoss(batch);
            var bos = full([batch.Labels.shape[0], 1], Transformer.Settings.BosId, dtype: int64, device: batch.Labels.device);
            var tokens = cat([bos, batch.Codes], 1);
            return Transformer.Backward(tokens, batch.Blocks!, batch.Labels, batch.Dropped, dropout, recompute);
        }

        /// <summary>
        /// Minus the log-likelihood in the sampler's order and steps, nats a token: of the codes alone, as samplers draw.
        /// </summary>
        private Tensor LikelihoodLoss(TokenBatch batch)
        {
            using var scope = NewDisposeScope();
            var blocks = batch.Blocks!.narrow(1, 1, Transformer.Settings.Tokens);
            var nats = TokenLikelihood.InOnePass(new CachedTokenModel(Transformer), batch.Codes, blocks, batch.Labels);
            return nats.mean().div(-Transformer.Settings.Tokens).to_type(float32).MoveToOuterDisposeScope();
        }
    }
}
