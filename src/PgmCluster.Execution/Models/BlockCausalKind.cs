using System.Text.Json.Nodes;
using PgmCluster.Execution.Documents;
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
internal sealed class BlockCausalKind() : PartitionKind("pgm-once", blockCausal: true)
{
    public override void AddGroups(JsonObject specification) => specification["orders"] = SpecificationJson.ToObject(new RevealOrders());

    public override TrainingTask CreateTask(TrainingSpecification specification, TrainWork work, WorkContext context) =>
        new BlockCausalTask(
            this, TokenTask.Source.Open(specification, work, context), ownsSource: true,
            new RevealBlocks(specification.Orders!, specification.Data.Height, specification.Data.Width));

    protected override IEnumerable<string> Problems(PartitionTransformerSettings model, TrainingSpecification specification)
    {
        foreach (var problem in base.Problems(model, specification)) yield return problem;
        foreach (var problem in specification.Orders?.Problems() ?? ["is missing; kind pgm-once needs it."])
            yield return "orders." + problem;
    }

    private sealed class BlockCausalTask(PartitionKind kind, TokenTask.Source source, bool ownsSource, RevealBlocks blocks)
        : PartitionTask(kind, source, ownsSource)
    {
        protected override RevealBlocks Blocks => blocks;

        public override TrainingTask Replicate() => new BlockCausalTask(Kind, Shared, ownsSource: false, blocks);

        protected override Tensor LossOf(TokenBatch batch, RandomStream draws, Dropout? dropout, bool training, bool recompute) => training
            ? Transformer.Backward(Sequence(batch), batch.Blocks!, batch.Labels, batch.Dropped, dropout, recompute)
            : LikelihoodLoss(batch);

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
