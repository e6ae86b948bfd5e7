using PgmCluster.Data;
using PgmCluster.Data.Artifacts;
using PgmCluster.Data.Images;
using PgmCluster.Data.Tokens;
using PgmCluster.Execution.Documents;
using PgmCluster.Execution.Inputs;
using PgmCluster.Execution.Specifications;
using PgmCluster.Execution.Work;
using PgmCluster.Modeling.BlockCausal;
using PgmCluster.Modeling.Blocks;
using PgmCluster.Modeling.Randomness;
using static TorchSharp.torch;

namespace PgmCluster.Execution.Models;

/// <summary>Training of a generative model on token shards: all that PGM, block-causal models and MaskGIT have in common.</summary>
/// <param name="source">The shards, and what is drawn to be looked at; shared with the replicas.</param>
/// <param name="model">The model with its initial weights.</param>
/// <param name="ownsSource">False for replicas.</param>
internal abstract class TokenTask(TokenTask.Source source, NamedModule model, bool ownsSource) : TrainingTask
{
    public override nn.Module Model => model;

    public override int Examples => source.Tokens.Count;

    public override int TokensPerExample => source.Tokens.Height * source.Tokens.Width;

    public override int Label(int index) => source.Tokens.Label(index);

    /// <summary>What the replicas share.</summary>
    protected Source Shared => source;

    /// <summary>Classes of the model.</summary>
    protected abstract int Classes { get; }

    /// <summary>Codes of the model that stand for a part of a picture.</summary>
    protected abstract int Codebook { get; }

    /// <summary>Dropout while training.</summary>
    protected abstract double DropoutProbability { get; }

    public override IReadOnlyList<RgbImage>? Preview() => source.Preview?.Draw(Model, Classes);

    /// <summary>What draws when each token is revealed; null for models that have no blocks.</summary>
    protected virtual RevealBlocks? Blocks => null;

    public override BatchInputs MakeInputs(int count) =>
        new TokenInputs(
            source.Tokens, source.Specification.Training, count, (Codebook, Classes), source.Device, Blocks)
        {
            Flipped = source.Flipped,
        };

    public override MicroBatchLoss Backward(BatchInputs inputs) => new(Loss(inputs, training: true));

    public override Tensor ValidationLoss(BatchInputs inputs) => Loss(inputs, training: false);

    public override void Dispose()
    {
        if (ownsSource) source.Dispose();
        base.Dispose();
    }

    /// <summary>The loss of a batch, in training after adding the gradients; what is drawn per token comes next from the stream.</summary>
    /// <param name="batch">The examples with what was drawn for them.</param>
    /// <param name="draws">Of the micro-batch.</param>
    /// <param name="dropout">Null for none.</param>
    /// <param name="training">False for validation: no gradients.</param>
    /// <param name="recompute">See <see cref="TrainingSettings.Recompute"/>.</param>
    protected abstract Tensor LossOf(TokenBatch batch, RandomStream draws, Dropout? dropout, bool training, bool recompute);

    private Tensor Loss(BatchInputs inputs, bool training)
    {
        using var scope = NewDisposeScope();
        var batch = ((TokenInputs)inputs).Batch();
        var dropout = training && DropoutProbability > 0 ? new Dropout(DropoutProbability, inputs.Draws) : null;
        return LossOf(batch, inputs.Draws, dropout, training, source.Specification.Training.Recompute).MoveToOuterDisposeScope();
    }

    /// <summary>What a run's tasks share.</summary>
    internal sealed record Source(TrainingSpecification Specification, TokenDataset Tokens, SamplePreview? Preview, Device Device)
        : IDisposable
    {
        /// <summary>The mirrored images in the same order; null where they are not trained on.</summary>
        public TokenDataset? Flipped { get; private init; }

        /// <summary>Opens the run's shards.</summary>
        public static Source Open(TrainingSpecification specification, TrainWork work, WorkContext context)
        {
            var source = new Source(specification, OpenTokens(specification, work, work.Tokens!, context), null, context.Device.Torch);
            try
            {
                if (work.Flipped is { } files) source = source with { Flipped = OpenTokens(specification, work, files, context) };
                if (source.Flipped is { } flipped && flipped.Count != source.Tokens.Count)
                    throw new BadInputException(
                        $"Opening the run's tokens: {flipped.Count} mirrored images for {source.Tokens.Count}. Tokenize again.");
                return source with { Preview = SamplePreview.For(specification, work, context) };
            }
            catch
            {
                source.Dispose();
                throw;
            }
        }

        private static TokenDataset OpenTokens(
            TrainingSpecification specification, TrainWork work, IReadOnlyList<ArtifactInfo> files, WorkContext context)
        {
            var tokens = TokenFiles.Open(context, files, (shard, made) => DataClaims.RequireTokenizer(shard, made, work.Tokenizer));
            try
            {
                DataClaims.Require(specification, tokens);
                return tokens;
            }
            catch
            {
                tokens.Dispose();
                throw;
            }
        }

        public void Dispose()
        {
            Preview?.Dispose();
            Tokens.Dispose();
            Flipped?.Dispose();
        }
    }
}
