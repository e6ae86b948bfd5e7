using System.Text.Json.Nodes;
using PgmCluster.Execution.Documents;
using PgmCluster.Execution.Footprints;
using PgmCluster.Execution.Images;
using PgmCluster.Execution.Inputs;
using PgmCluster.Execution.Specifications;
using PgmCluster.Execution.Work;
using PgmCluster.Modeling.Blocks;
using PgmCluster.Modeling.Classifier;
using static TorchSharp.torch;

namespace PgmCluster.Execution.Models;

/// <summary>Training of image classifiers, whose features score generated images.</summary>
public sealed class ClassifierKind : IModelKind
{
    public string Name => "classifier";

    public bool NeedsTokens => false;

    public JsonObject DefaultModel(DataFacts facts) =>
        SpecificationJson.ToObject(new ImageClassifierSettings { Classes = facts.Classes, ImageSize = 0 });

    /// <summary>The classifier sees images as they are prepared.</summary>
    public void Complete(JsonObject specification) =>
        specification["model"]!["imageSize"] = specification["data"]!["imageSize"]!.DeepClone();

    public IEnumerable<string> Problems(TrainingSpecification specification) =>
        SpecificationJson.Read<ImageClassifierSettings>(specification.Model).Problems().Select(p => "model." + p);

    public ModelFootprint Footprint(TrainingSpecification specification) => ClassifierFootprint.Of(
        SpecificationJson.Read<ImageClassifierSettings>(specification.Model), specification.Training.PerMicroBatch);

    public NamedModule CreateModel(TrainingSpecification specification, Device device) =>
        new ImageClassifier(SpecificationJson.Read<ImageClassifierSettings>(specification.Model), seed: null, device);

    public TrainingTask CreateTask(TrainingSpecification specification, TrainWork work, WorkContext context) =>
        new ClassifierTask(
            specification, new PreparedImages(work.Images!, specification.Data.ImageSize, context), context.Device.Torch, ownsImages: true);

    private sealed class ClassifierTask : TrainingTask
    {
        private readonly TrainingSpecification _specification;
        private readonly PreparedImages _images;
        private readonly Device _device;
        private readonly ImageClassifier _model;

        private readonly bool _ownsImages;

        public ClassifierTask(TrainingSpecification specification, PreparedImages images, Device device, bool ownsImages)
        {
            (_specification, _images, _device, _ownsImages) = (specification, images, device, ownsImages);
            _model = new ImageClassifier(SpecificationJson.Read<ImageClassifierSettings>(specification.Model), specification.Seed, device)
            {
                ComputeType = specification.Numerics.ComputeType,
            };
        }

        public override nn.Module Model => _model;

        public override int Examples => _images.Count;

        public override int Label(int index) => _images.Label(index);

        public override TrainingTask Replicate() => new ClassifierTask(_specification, _images, _device, ownsImages: false);

        public override BatchInputs MakeInputs(int count) => new ImageInputs(_images, _specification.Data, count, _model.Settings.Classes, _device);

        public override MicroBatchLoss Backward(BatchInputs inputs)
        {
            using var scope = NewDisposeScope();
            var dropout = _model.Settings.Dropout > 0 ? new Dropout(_model.Settings.Dropout, inputs.Draws) : null;
            var loss = Loss((ImageInputs)inputs, dropout);
            loss.backward();
            return new MicroBatchLoss(loss.detach().MoveToOuterDisposeScope());
        }

        public override Tensor ValidationLoss(BatchInputs inputs)
        {
            using var scope = NewDisposeScope();
            return Loss((ImageInputs)inputs, null).MoveToOuterDisposeScope();
        }

        private Tensor Loss(ImageInputs inputs, Dropout? dropout) => _model.Loss(inputs.Pixels(), inputs.Labels(), dropout);

        public override void Dispose()
        {
            if (_ownsImages) _images.Dispose();
            base.Dispose();
        }
    }
}
