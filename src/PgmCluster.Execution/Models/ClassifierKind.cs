using System.Text.Json.Nodes;
using PgmCluster.Execution.Documents;
using PgmCluster.Execution.Footprints;
using PgmCluster.Execution.Inputs;
using PgmCluster.Execution.Specifications;
using PgmCluster.Execution.Work;
using PgmCluster.Modeling.Blocks;
using PgmCluster.Modeling.Classifier;
using static TorchSharp.torch;

namespace PgmCluster.Execution.Models;

/// <summary>Training of image classifiers, whose features score generated images.</summary>
internal sealed class ClassifierKind() : ModelKind<ImageClassifierSettings, ImageClassifier>("classifier", needsTokens: false)
{
    public override JsonObject DefaultModel(DataFacts facts) =>
        SpecificationJson.ToObject(new ImageClassifierSettings { Classes = facts.Classes, ImageSize = 0 });

    /// <summary>The classifier sees images as they are prepared.</summary>
    public override void Complete(JsonObject specification) =>
        specification["model"]!["imageSize"] = specification["data"]!["imageSize"]!.DeepClone();

    public override TrainingTask CreateTask(TrainingSpecification specification, TrainWork work, WorkContext context) =>
        new ClassifierTask(this, ImageTask.Source.Open(specification, work, context), ownsSource: true);

    protected override IEnumerable<string> Problems(ImageClassifierSettings model, TrainingSpecification specification) =>
        model.Problems().Select(problem => "model." + problem);

    protected override ModelFootprint Footprint(ImageClassifierSettings model, TrainingSpecification specification) =>
        ClassifierFootprint.Of(model, specification.Training.PerMicroBatch);

    protected override ImageClassifier Create(ImageClassifierSettings model, long? seed, Device device) => new(model, seed, device);

    private sealed class ClassifierTask(ClassifierKind kind, ImageTask.Source source, bool ownsSource)
        : ImageTask(source, kind.CreateInitial(source.Specification, source.Device), ownsSource)
    {
        private ImageClassifier Classifier => (ImageClassifier)Model;

        protected override int? Classes => Classifier.Settings.Classes;

        public override TrainingTask Replicate() => new ClassifierTask(kind, Shared, ownsSource: false);

        public override MicroBatchLoss Backward(BatchInputs inputs)
        {
            using var scope = NewDisposeScope();
            var dropout = Classifier.Settings.Dropout > 0 ? new Dropout(Classifier.Settings.Dropout, inputs.Draws) : null;
            var loss = Loss((ImageInputs)inputs, dropout);
            loss.backward();
            return new MicroBatchLoss(loss.detach().MoveToOuterDisposeScope());
        }

        public override Tensor ValidationLoss(BatchInputs inputs)
        {
            using var scope = NewDisposeScope();
            return Loss((ImageInputs)inputs, null).MoveToOuterDisposeScope();
        }

        private Tensor Loss(ImageInputs inputs, Dropout? dropout) => Classifier.Loss(inputs.Pixels(), inputs.Labels(), dropout);
    }
}
