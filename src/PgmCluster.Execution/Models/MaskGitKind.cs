using System.Text.Json.Nodes;
using PgmCluster.Execution.Documents;
using PgmCluster.Execution.Footprints;
using PgmCluster.Execution.Inputs;
using PgmCluster.Execution.Specifications;
using PgmCluster.Execution.Work;
using PgmCluster.Modeling.Blocks;
using PgmCluster.Modeling.MaskGit;
using PgmCluster.Modeling.Randomness;
using static TorchSharp.torch;

namespace PgmCluster.Execution.Models;

/// <summary>Training of the MaskGIT baseline on token shards.</summary>
internal sealed class MaskGitKind() : ModelKind<MaskGitSettings, MaskGitTransformer>("maskgit", needsTokens: true)
{
    public override JsonObject DefaultModel(DataFacts facts) => SpecificationJson.ToObject(
        new MaskGitSettings { Codebook = facts.Codebook, Height = facts.Height, Width = facts.Width, Classes = facts.Classes });

    public override TrainingTask CreateTask(TrainingSpecification specification, TrainWork work, WorkContext context) =>
        new MaskGitTask(this, TokenTask.Source.Open(specification, work, context), ownsSource: true);

    protected override IEnumerable<string> Problems(MaskGitSettings model, TrainingSpecification specification)
    {
        foreach (var problem in model.Problems()) yield return "model." + problem;
        if (specification.Data.Height != model.Height || specification.Data.Width != model.Width)
        {
            yield return $"model.height x model.width = {model.Height} x {model.Width}: must be data.height x data.width = "
                + $"{specification.Data.Height} x {specification.Data.Width}.";
        }
    }

    protected override ModelFootprint Footprint(MaskGitSettings model, TrainingSpecification specification) =>
        MaskGitFootprint.Of(model, specification.Training.PerMicroBatch, specification.Training.Recompute);

    protected override MaskGitTransformer Create(MaskGitSettings model, long? seed, Device device) => new(model, seed, device);

    private sealed class MaskGitTask(MaskGitKind kind, TokenTask.Source source, bool ownsSource)
        : TokenTask(source, kind.CreateInitial(source.Specification, source.Device), ownsSource)
    {
        private MaskGitTransformer Transformer => (MaskGitTransformer)Model;

        protected override int Classes => Transformer.Settings.Classes;

        protected override int Codebook => Transformer.Settings.Codebook;

        protected override double DropoutProbability => Transformer.Settings.Dropout;

        public override TrainingTask Replicate() => new MaskGitTask(kind, Shared, ownsSource: false);

        protected override Tensor LossOf(TokenBatch batch, RandomStream draws, Dropout? dropout, bool training, bool recompute)
        {
            var hidden = draws.Uniform(batch.Codes.device, batch.Codes.shape).lt(batch.MaskRatios);
            Tensor Grid(Tensor flat) => flat.view(-1, Transformer.Settings.Height, Transformer.Settings.Width);
            return training
                ? Transformer.Backward(Grid(batch.Codes), Grid(hidden), batch.Labels, batch.Dropped, dropout, recompute)
                : Transformer.Loss(Grid(batch.Codes), Grid(hidden), batch.Labels, batch.Dropped, dropout);
        }
    }
}
