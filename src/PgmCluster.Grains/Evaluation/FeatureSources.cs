using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using PgmCluster.Contracts.Datasets;
using PgmCluster.Contracts.Errors;
using PgmCluster.Contracts.Evaluation;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Contracts.Training;
using PgmCluster.Data.Images;
using PgmCluster.Grains.Datasets;
using PgmCluster.Grains.Jobs;

namespace PgmCluster.Grains.Evaluation;

/// <summary>Finds the networks and names the images that evaluations speak of.</summary>
internal static class FeatureSources
{
    /// <summary>A classifier's run.</summary>
    /// <param name="grains">Finds the run.</param>
    /// <param name="run">The run.</param>
    /// <param name="dataset">What it is to have been trained on.</param>
    /// <param name="imageSize">Side in pixels of the images that it is to see; null where that is not known.</param>
    /// <param name="whose">Whose images they are, for the message.</param>
    /// <exception cref="InvalidRequestException">
    /// It is not a completed classifier, or one of another dataset, other classes or another size of images.
    /// </exception>
    public static async Task<FeatureSource> Classifier(IGrainFactory grains, string run, DatasetInfo dataset, int? imageSize, string whose)
    {
        var (weights, trained) = await Lineage.TrainedOf(grains, run, "classifier");
        var (trainedOn, sizes) = (trained.Request.Dataset, RunSizes.Of(trained.Specification));
        if (trainedOn != dataset.Name)
            throw new InvalidRequestException(
                $"classifier '{run}' was trained on dataset '{trainedOn}', not on '{dataset.Name}'. "
                + $"Train a classifier on '{dataset.Name}'.");
        if (sizes.ImageSize is { } seen && imageSize is { } shown && seen != shown)
            throw new InvalidRequestException(
                $"classifier '{run}' sees images of {seen} x {seen} pixels, and {whose} are of {shown} x {shown}. "
                + $"Name a classifier of that size: 'pgm train' with --set data.imageSize={shown}.");
        if (sizes.Classes is { } known && known < dataset.ClassNames.Count)
            throw new InvalidRequestException(
                $"classifier '{run}' knows {known} classes, and dataset '{dataset.Name}' has {dataset.ClassNames.Count}. "
                + $"Train a classifier with model.classes={dataset.ClassNames.Count}.");
        return new FeatureSource(FeatureKinds.Classifier, run, weights, "none");
    }

    /// <summary>The Inception network with the weights of a file, which is taken into the artifact store.</summary>
    /// <param name="importer">Takes it.</param>
    /// <param name="path">As the silo sees it.</param>
    /// <param name="stored">The file where a client has stored it already; null where not.</param>
    /// <exception cref="InvalidRequestException">No file is named.</exception>
    /// <exception cref="Data.BadInputException">It cannot be read, or clients may not name it.</exception>
    public static async Task<FeatureSource> Inception(IWeightsImporter importer, string? path, ArtifactReference? stored)
    {
        if (path is not { Length: > 0 })
            throw new InvalidRequestException(
                "Inception's features need its weights. Name the file weights-inception-2015-12-05-6726825d.pth, or a safetensors file "
                + "with the same tensors.");
        // Hashing and copying take a second; the pool's thread touches nothing of the grain.
        var weights = stored ?? await Task.Run(() => importer.Import(path));
        return new FeatureSource(FeatureKinds.Inception, Path.GetFileName(path), weights, InceptionPreparation.ResizeName);
    }

    /// <summary>
    /// Some images for all of a split, as <see cref="DatasetRanges.Sample"/> takes them, without those that were left out.
    /// </summary>
    public static ImageSet Images(
        this DatasetInfo dataset, string split, int count, bool drawn, IReadOnlyCollection<SkippedImage>? skipped = null)
    {
        var all = dataset.Split(split);
        var order = dataset.Index is { } index ? $"{index.Sha256}:" : drawn ? $"shuffled of {all.Count}:" : "";
        var text = string.Create(CultureInfo.InvariantCulture, $"{dataset.ContentSha256}:{order}{all.Start}:{count}")
            + string.Concat((skipped ?? []).Select(s => $"\n{s.Shard}\n{s.Key}"));
        return new ImageSet(
            dataset.Name, split, count - (skipped?.Count ?? 0), Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text))));
    }
}
