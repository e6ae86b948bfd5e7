using PgmCluster.Execution.Devices;
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
        using var lanes = new ComputeLanes(Math.Max(1, context.Cores / work.Settings.Threads), work.Settings.Threads, context.Device);
        using var scope = NewDisposeScope();
        using var classifier = ModelFiles.Classifier(context.Artifacts, work.Classifier);
        var batches = work.Subject == EvaluationSubject.Generated ? Generated(context, classifier.Model, lanes) : OfImages(context, classifier, lanes);
        var file = new FeatureFile();
        foreach (var batch in batches) file.Add(batch.Features, batch.Predicted, batch.Wanted, batch.SquaredErrors);
        return WorkJson.Write(new EvaluateChunkResult { Features = file.Write(context.Artifacts, work.Output), Images = file.Count });
    }

    private ScoredBatch[] Generated(WorkContext context, ImageClassifier classifier, ComputeLanes lanes)
    {
        using var sampler = new ImageSampler(context.Artifacts, work.Model!, work.Tokenizer!, work.Settings, lanes);
        var scored = new ScoredBatch[Batches(work.Labels.Count)];
        sampler.Sample(work.Labels, work.Seed, context, (first, images) =>
            scored[first / work.Settings.BatchSize] = Score(classifier, images, [.. work.Labels.Skip(first).Take((int)images.shape[0])], null));
        return scored;
    }

    private ScoredBatch[] OfImages(WorkContext context, LoadedModel<ImageClassifier> classifier, ComputeLanes lanes)
    {
        using var tokenizer = work.Subject == EvaluationSubject.Reconstructed ? ModelFiles.Tokenizer(context.Artifacts, work.Tokenizer!) : null;
        using var images = new PreparedImages(work.Images!, classifier.Specification.Data.ImageSize);
        var scored = new ScoredBatch[Batches(images.Count)];
        var done = 0;
        lanes.Run(scored.Length, (batch, _) =>
        {
            context.ThrowIfInterrupted();
            using var scope = NewDisposeScope();
            using var inference = inference_mode();
            var first = batch * work.Settings.BatchSize;
            var indices = Enumerable.Range(first, Math.Min(work.Settings.BatchSize, images.Count - first)).ToArray();
            var originals = images.Batch(indices);
            var shown = tokenizer is null ? originals : tokenizer.Model.Reconstruct(tokenizer.Model.Tokenize(originals));
            scored[batch] = Score(classifier.Model, shown, [.. indices.Select(images.Label)], tokenizer is null ? null : originals);
            context.Progress(new WorkProgress(Interlocked.Add(ref done, indices.Length), images.Count, "image"));
        });
        return scored;
    }

    private int Batches(int count) => (count + work.Settings.BatchSize - 1) / work.Settings.BatchSize;

    private static ScoredBatch Score(ImageClassifier classifier, Tensor images, int[] wanted, Tensor? originals)
    {
        using var scope = NewDisposeScope();
        var features = classifier.Features(images);
        var predicted = classifier.Logits(features).argmax(1).to_type(int32);
        var errors = originals is null
            ? zeros(wanted.Length, dtype: float64)
            : (images - originals).to_type(float64).square().mean([1L, 2L, 3L]);
        return new ScoredBatch(features.contiguous().data<float>().ToArray(), predicted.data<int>().ToArray(), wanted, errors.data<double>().ToArray());
    }

    private sealed record ScoredBatch(float[] Features, int[] Predicted, int[] Wanted, double[] SquaredErrors);
}
