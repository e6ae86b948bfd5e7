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

    public ModelFootprint Footprint(TrainingSpecification specification) => MaskGitFootprint.Of(
        SpecificationJson.Read<MaskGitSettings>(specification.Model), specification.Training.PerMicroBatch, specification.Training.Recompute);

    public NamedModule CreateModel(TrainingSpecification specification, Device device) =>
        new MaskGitTransformer(SpecificationJson.Read<MaskGitSettings>(specification.Model), seed: null, device);

    public TrainingTask CreateTask(TrainingSpecification specification, TrainWork work, WorkContext context) =>
        new MaskGitTask(TokenTask.Source.Open(specification, work, context), ownsSource: true);

    private sealed class MaskGitTask : TokenTask
    {
        private readonly Source _source;
        private readonly MaskGitTransformer _model;

        public MaskGitTask(Source source, bool ownsSource) : base(source, ownsSource)
        {
            _source = source;
            _model = new MaskGitTransformer(SpecificationJson.Read<MaskGitSettings>(source.Specification.Model), source.Specification.Seed, source.Device)
            {
                ComputeType = source.Specification.Numerics.ComputeType,
            };
        }

        public override nn.Module Model => _model;

        protected override int Classes => _model.Settings.Classes;

        protected override int Codebook => _model.Settings.Codebook;

        protected override double DropoutProbability => _model.Settings.Dropout;

        public override TrainingTask Replicate() => new MaskGitTask(_source, ownsSource: false);

        protected override Tensor LossOf(TokenBatch batch, RandomStream draws, Dropout? dropout, bool training, bool recompute)
        {
            var hidden = draws.Uniform(batch.Codes.device, batch.Codes.shape).lt(batch.MaskRatios);
            Tensor Grid(Tensor flat) => flat.view(-1, _model.Settings.Height, _model.Settings.Width);
            return training
                ? _model.Backward(Grid(batch.Codes), Grid(hidden), batch.Labels, batch.Dropped, dropout, recompute)
                : _model.Loss(Grid(batch.Codes), Grid(hidden), batch.Labels, batch.Dropped, dropout);
        }
    }
}
