using PgmCluster.Execution.Documents;
using PgmCluster.Execution.Images;
using PgmCluster.Execution.Inputs;
using PgmCluster.Execution.Specifications;
using PgmCluster.Execution.Work;
using PgmCluster.Modeling.Blocks;
using static TorchSharp.torch;

namespace PgmCluster.Execution.Models;

/// <summary>Training on images: all that tokenizers and classifiers have in common.</summary>
/// <param name="source">The images; shared with the replicas.</param>
/// <param name="model">The model with its initial weights.</param>
/// <param name="ownsSource">False for replicas.</param>
internal abstract class ImageTask(ImageTask.Source source, NamedModule model, bool ownsSource) : TrainingTask
{
    public override nn.Module Model => model;

    public override int Examples => source.Images.Count;

    public override int Label(int index) => source.Images.Label(index);

    /// <summary>What the replicas share.</summary>
    protected Source Shared => source;

    /// <summary>Labels are below; null where the model looks at none.</summary>
    protected abstract int? Classes { get; }

    public override BatchInputs MakeInputs(int count) =>
        new ImageInputs(source.Images, source.Specification.Data, count, Classes, source.Device);

    public override void Dispose()
    {
        if (ownsSource) source.Images.Dispose();
        base.Dispose();
    }

    /// <summary>What a run's tasks share.</summary>
    internal sealed record Source(TrainingSpecification Specification, PreparedImages Images, Device Device)
    {
        /// <summary>Opens the run's images.</summary>
        public static Source Open(TrainingSpecification specification, TrainWork work, WorkContext context) =>
            new(
                specification, new PreparedImages(work.Images!, specification.Data.ImageSize, context, work.SkipBad, keep: true),
                context.Device.Torch);
    }
}
