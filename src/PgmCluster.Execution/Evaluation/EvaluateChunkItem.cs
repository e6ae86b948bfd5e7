using PgmCluster.Execution.Images;
using PgmCluster.Execution.Sampling;
using PgmCluster.Execution.Training;
using PgmCluster.Execution.Work;
using PgmCluster.Modeling.Classifier;
using static TorchSharp.torch;

namespace PgmCluster.Execution.Evaluation;

/// <summary>Work item <see cref="WorkKinds.EvaluateChunk"/>.</summary>
public sealed class EvaluateChunkItem(EvaluateChunkWork work) : IWorkItem
{
    public string Run(WorkContext context)
    {
        set_num_threads(work.Settings.Threads);
        using var scope = NewDisposeScope();
        using var _ = inference_mode();
        using var classifier = ModelFiles.Classifier(context.Artifacts, work.Classifier);
        var file = new FeatureFile();
        if (work.Subject == EvaluationSubject.Generated) Generated(context, classifier.Model, file);
        else OfImages(context, classifier, file);
        return WorkJson.Write(new EvaluateChunkResult { Features = file.Write(context.Artifacts, work.Output), Images = file.Count });
    }

    private void Generated(WorkContext context, ImageClassifier classifier, FeatureFile file)
    {
        using var sampler = new ImageSampler(context.Artifacts, work.Model!, work.Tokenizer!, work.Settings);
        sampler.Sample(work.Labels, work.Seed, context, (first, images) =>
            Add(file, classifier, images, [.. work.Labels.Skip(first).Take((int)images.shape[0])], null));
    }

    private void OfImages(WorkContext context, LoadedModel<ImageClassifier> classifier, FeatureFile file)
    {
        using var tokenizer = work.Subject == EvaluationSubject.Reconstructed ? ModelFiles.Tokenizer(context.Artifacts, work.Tokenizer!) : null;
        using var images = new PreparedImages(work.Images!, classifier.Specification.Data.ImageSize);
        for (var first = 0; first < images.Count; first += work.Settings.BatchSize)
        {
            context.ThrowIfInterrupted();
            using var scope = NewDisposeScope();
            var indices = Enumerable.Range(first, Math.Min(work.Settings.BatchSize, images.Count - first)).ToArray();
            var originals = images.Batch(indices);
            var shown = tokenizer is null ? originals : tokenizer.Model.Reconstruct(tokenizer.Model.Tokenize(originals));
            Add(file, classifier.Model, shown, [.. indices.Select(images.Label)], tokenizer is null ? null : originals);
            context.Progress(new WorkProgress(first + indices.Length, images.Count, "image"));
        }
    }

    private static void Add(FeatureFile file, ImageClassifier classifier, Tensor images, int[] wanted, Tensor? originals)
    {
        using var scope = NewDisposeScope();
        var features = classifier.Features(images);
        var predicted = classifier.Logits(features).argmax(1).to_type(int32);
        var errors = originals is null
            ? zeros(wanted.Length, dtype: float64)
            : (images - originals).to_type(float64).square().mean([1L, 2L, 3L]);
        file.Add(features.contiguous().data<float>().ToArray(), predicted.data<int>().ToArray(), wanted, errors.data<double>().ToArray());
    }
}
