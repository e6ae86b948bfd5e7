using PgmCluster.Data.Images;
using PgmCluster.Data.Tokens;
using PgmCluster.Execution.Documents;
using PgmCluster.Execution.Specifications;
using PgmCluster.Execution.Work;
using PgmCluster.Modeling.Blocks;
using static TorchSharp.torch;

namespace PgmCluster.Execution.Models;

/// <summary>Training of a generative model on token shards: all that PGM and MaskGIT have in common.</summary>
/// <param name="source">The shards, and what is drawn to be looked at; shared with the replicas.</param>
/// <param name="ownsSource">False for replicas.</param>
internal abstract class TokenTask(TokenTask.Source source, bool ownsSource) : TrainingTask
{
    public override int Examples => source.Tokens.Count;

    /// <summary>Classes of the model.</summary>
    protected abstract int Classes { get; }

    /// <summary>Dropout while training.</summary>
    protected abstract double DropoutProbability { get; }

    public override IReadOnlyList<RgbImage>? Preview() => source.Preview?.Draw(Model, Classes);

    public override MicroBatchLoss Loss(ReadOnlySpan<int> indices, Generator generator) => new(Loss(indices, generator, training: true));

    public override Tensor ValidationLoss(ReadOnlySpan<int> indices, Generator generator) => Loss(indices, generator, training: false);

    public override void Dispose()
    {
        if (ownsSource) source.Dispose();
        base.Dispose();
    }

    /// <summary>The loss of a batch; what is drawn per token comes next from the generator, dropout after that.</summary>
    protected abstract Tensor LossOf(TokenBatch batch, Generator generator, Dropout? dropout);

    private Tensor Loss(ReadOnlySpan<int> indices, Generator generator, bool training)
    {
        using var scope = NewDisposeScope();
        var batch = TokenBatch.Draw(source.Tokens, indices, source.Specification.Training, generator, dropLabels: training);
        var dropout = training && DropoutProbability > 0 ? new Dropout(DropoutProbability, generator) : null;
        return LossOf(batch, generator, dropout).MoveToOuterDisposeScope();
    }

    /// <summary>What a run's tasks share.</summary>
    internal sealed record Source(TrainingSpecification Specification, TokenDataset Tokens, SamplePreview? Preview) : IDisposable
    {
        /// <summary>Opens the run's shards.</summary>
        public static Source Open(TrainingSpecification specification, TrainWork work, WorkContext context) => new(
            specification,
            new TokenDataset([.. work.Tokens!.Select(shard => TokenShard.Open(context.Artifacts.LocalPath(shard.Name)))]),
            SamplePreview.For(specification, work, context));

        public void Dispose()
        {
            Preview?.Dispose();
            Tokens.Dispose();
        }
    }
}
