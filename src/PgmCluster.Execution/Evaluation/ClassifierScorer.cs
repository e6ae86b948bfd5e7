using PgmCluster.Data.Artifacts;
using PgmCluster.Execution.Models;
using PgmCluster.Execution.Models.Loaded;
using PgmCluster.Execution.Work;
using PgmCluster.Modeling.Classifier;
using PgmCluster.Modeling.Runtime;
using static TorchSharp.torch;

namespace PgmCluster.Execution.Evaluation;

/// <summary>Features and classes of a classifier that was trained on the dataset.</summary>
internal sealed class ClassifierScorer(WorkContext context, ArtifactInfo weights) : IImageScorer
{
    private readonly BorrowedModel<LoadedModel<ImageClassifier>> _classifier = context.Classifier(weights);

    /// <summary>Side of the images that it sees.</summary>
    public int ImageSize => _classifier.Value.Specification.Data.ImageSize;

    public ScoredBatch Score(Tensor images, int[] wanted, Tensor? originals)
    {
        using var scope = NewDisposeScope();
        var features = _classifier.Value.Model.Features(images);
        var predicted = _classifier.Value.Model.Logits(features).argmax(1).to_type(int32);
        return new ScoredBatch(
            HostRead.Values<float>(features), HostRead.Values<int>(predicted), wanted, ScoredBatch.ErrorsOf(images, originals), []);
    }

    public void Dispose() => _classifier.Dispose();
}
