using PgmCluster.Data;
using PgmCluster.Execution.Devices;
using PgmCluster.Execution.Documents;
using PgmCluster.Execution.Faults;
using PgmCluster.Execution.Images;
using PgmCluster.Execution.Inputs;
using PgmCluster.Execution.Models;
using PgmCluster.Execution.Models.Loaded;
using PgmCluster.Execution.Sampling;
using PgmCluster.Execution.Work;
using PgmCluster.Modeling.Tokenizer;
using static TorchSharp.torch;

namespace PgmCluster.Execution.Evaluation;

/// <summary>Work item <see cref="WorkKinds.EvaluateChunk"/>.</summary>
public sealed class EvaluateChunkItem(EvaluateChunkWork work) : IWorkItem
{
    public string Run(WorkContext context)
    {
        FaultPoint.Reached("chunk", work.Output);
        using var lanes = new ComputeLanes(Math.Max(1, context.Cores / work.Settings.Threads), work.Settings.Threads, context.Device.Name);
        using var scope = NewDisposeScope();
        using var tokenizer = work.Tokenizer is { } weights && work.Subject != EvaluationSubject.Generated
            ? context.Tokenizer(weights)
            : null;
        using IImageScorer scorer = work.Inception is { } inception
            ? new InceptionScorer(context, inception)
            : new ClassifierScorer(context, work.Classifier ?? throw new BadInputException(
                $"Evaluating {work.Output}: neither a classifier nor Inception weights are named. Start the evaluation under a new id."));
        var size = (scorer as ClassifierScorer)?.ImageSize ?? tokenizer?.Value.Specification.Data.ImageSize ?? work.ImageSize;
        if (work.ImageSize > 0 && size != work.ImageSize) throw WrongSize(size);
        IReadOnlyList<BadImage> skipped = [];
        var batches = work.Subject == EvaluationSubject.Generated
            ? Generated(context, scorer, lanes)
            : OfImages(context, scorer, tokenizer?.Value, size, lanes, out skipped);
        var file = new FeatureFile(keepLogits: work.Subject == EvaluationSubject.Generated);
        foreach (var batch in batches) file.Add(batch);
        return WorkJson.Write(new EvaluateChunkResult
        {
            Features = context.WriteResult(work.Output, file.WriteTo),
            Images = file.Count,
            Skipped = skipped,
        });
    }

    private ScoredBatch[] Generated(WorkContext context, IImageScorer scorer, ComputeLanes lanes)
    {
        using var sampler = new ImageSampler(context, work.Model!, work.Tokenizer!, work.Settings, lanes);
        var scored = new ScoredBatch[(work.Labels.Count + work.Settings.BatchSize - 1) / work.Settings.BatchSize];
        sampler.Sample(work.Labels, work.Seed, context, (first, images) =>
        {
            if (work.ImageSize > 0 && images.shape[^1] != work.ImageSize) throw WrongSize(images.shape[^1]);
            scored[first / work.Settings.BatchSize] = scorer.Score(images, [.. work.Labels.Skip(first).Take((int)images.shape[0])], null);
        });
        return scored;
    }

    private ScoredBatch[] OfImages(
        WorkContext context, IImageScorer scorer, LoadedModel<VqTokenizer>? tokenizer, int size, ComputeLanes lanes,
        out IReadOnlyList<BadImage> skipped)
    {
        using var images = new PreparedImages(work.Images!, size, context, work.SkipBad);
        using var pictures = new ImageBatches(images, work.Settings.BatchSize, context.Device, lanes.Count);
        var scored = new ScoredBatch[pictures.Count];
        var done = 0;
        lanes.RunInOrder(scored.Length, (batch, _) =>
        {
            context.ThrowIfInterrupted();
            using var scope = NewDisposeScope();
            using var inference = inference_mode();
            using var inputs = pictures.Take(batch);
            var (indices, originals) = (pictures.Indices(batch), inputs.Pixels());
            var reconstructed = work.Subject == EvaluationSubject.Reconstructed;
            var shown = reconstructed ? tokenizer!.Model.Reconstruct(tokenizer.Model.Tokenize(originals)) : originals;
            scored[batch] = scorer.Score(shown, [.. indices.Select(images.Label)], reconstructed ? originals : null);
            context.Progress(new WorkProgress(Interlocked.Add(ref done, indices.Length), images.Count, "image"));
        });
        skipped = images.Bad.Known;
        if (skipped.Count == 0) return scored;
        return [.. scored.Select((batch, i) => batch.Of([.. pictures.Indices(i).Select(p => !images.Bad.Contains(p))]))];
    }

    private BadInputException WrongSize(long found) => new(
        $"Evaluating {work.Output}: the images are {found} pixels wide, the reference statistics are of images of {work.ImageSize}. "
        + $"Make statistics with --size {found}.");
}
