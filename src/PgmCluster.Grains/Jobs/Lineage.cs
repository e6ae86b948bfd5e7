using System.Text.Json.Nodes;
using PgmCluster.Contracts.Datasets;
using PgmCluster.Contracts.Errors;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Contracts.Sampling;
using PgmCluster.Contracts.Tokenization;
using PgmCluster.Contracts.Training;
using PgmCluster.Execution.Models;
using PgmCluster.Execution.Specifications;
using PgmCluster.Grains.Jobs.Requests;
using PgmCluster.Modeling.BlockCausal;
using PgmCluster.Modeling.Masking;

namespace PgmCluster.Grains.Jobs;

/// <summary>What a model is made of, found by going back from its training run.</summary>
/// <param name="Kind">The run's kind.</param>
/// <param name="Model">Its weights.</param>
/// <param name="Tokens">What it was trained on.</param>
/// <param name="Tokenizer">Weights of the tokenizer that made them.</param>
/// <param name="Dataset">What they were made of.</param>
internal sealed record Lineage(
    string Kind, ArtifactReference Model, TokenizationResult Tokens, ArtifactReference Tokenizer, DatasetInfo Dataset)
{
    public string TokenizerRun => Tokens.Tokenizer;

    /// <summary>Side in pixels of the images that the tokenizer makes of codes; null where its run does not say.</summary>
    public int? ImageSize { get; private init; }

    /// <summary>Classes that the model knows; null where its run does not say.</summary>
    public int? Classes { get; private init; }

    /// <summary>The orders in which a block-causal model learned to reveal; null for other models.</summary>
    public RevealOrders? Orders { get; private init; }

    /// <summary>What is far from how the model learned to draw, a clause; null where nothing is.</summary>
    /// <param name="settings">Complete.</param>
    public string? FarFromTrained(SamplingSettings settings)
    {
        var order = settings.Sampler == SamplerNames.Halton && settings.RandomizeOrder ? "rolled" : settings.Sampler;
        return FarFromTrained(order, settings.Steps, settings.Curve);
    }

    /// <inheritdoc cref="FarFromTrained(SamplingSettings)"/>
    /// <param name="order">See <see cref="TrainedOrders.Difference"/>.</param>
    /// <param name="steps">Steps.</param>
    /// <param name="curve">Name of a curve.</param>
    public string? FarFromTrained(string order, int steps, string curve) => Orders is { } orders
        ? TrainedOrders.Difference(
            orders, order, steps, Enum.Parse<MaskingSchedule>(curve, ignoreCase: true), Tokens.Height * Tokens.Width)
        : null;

    /// <summary>The model of a completed "pgm", "pgm-once" or "maskgit" run with the tokenizer and the dataset behind it.</summary>
    /// <exception cref="InvalidRequestException">The run is of another kind or not completed.</exception>
    public static async Task<Lineage> Of(IGrainFactory grains, string modelRun)
    {
        var run = await grains.GetGrain<ITrainingRunGrain>(modelRun).GetDetails();
        var model = ResultOf(run, [.. ModelKinds.Generative]);
        var tokensJob = run.Request.Tokens
            ?? throw new InvalidRequestException($"Run '{modelRun}' was not trained on tokens. Name a run of a generative kind.");
        var tokens = await TokensOf(grains, tokensJob);
        var (tokenizer, sizes) = await TokenizerOf(grains, tokensJob, tokens);
        var dataset = await grains.GetGrain<ITokenizationJobGrain>(tokensJob).GetDataset();
        return new Lineage(run.Kind, model, tokens, tokenizer, dataset)
        {
            ImageSize = sizes.ImageSize,
            Classes = RunSizes.Of(run.Specification).Classes,
            Orders = JsonNode.Parse(run.Specification)?["orders"] is JsonObject orders
                ? SpecificationJson.Read<RevealOrders>(orders)
                : null,
        };
    }

    /// <summary>Whether the model can draw a class of its dataset.</summary>
    /// <exception cref="InvalidRequestException">It was trained on fewer classes.</exception>
    public void RequireClasses(IEnumerable<int> classes, string modelRun)
    {
        if (classes.Cast<int?>().FirstOrDefault(c => c >= Classes) is { } unknown)
            throw new InvalidRequestException(
                $"Run '{modelRun}' knows {Classes} classes, and class {unknown} of dataset '{Dataset.Name}' "
                + $"('{Dataset.ClassNames[unknown]}') is none of them. Train a model with model.classes={Dataset.ClassNames.Count}.");
    }

    /// <summary>The weights of a completed run of a kind, and the run's other facts as they were at the same time.</summary>
    /// <exception cref="InvalidRequestException">The run is of another kind or not completed.</exception>
    public static async Task<(ArtifactReference Weights, TrainingDetails Run)> TrainedOf(IGrainFactory grains, string run, string kind)
    {
        var details = await grains.GetGrain<ITrainingRunGrain>(run).GetDetails();
        return (ResultOf(details, kind), details);
    }

    /// <summary>The tokenizer that decodes a tokenization's codes: the one that made them.</summary>
    /// <exception cref="InvalidRequestException">The run of its name holds other weights by now.</exception>
    public static async Task<(ArtifactReference Weights, RunSizes Sizes)> TokenizerOf(
        IGrainFactory grains, string tokensJob, TokenizationResult tokens)
    {
        var (weights, run) = await TrainedOf(grains, tokens.Tokenizer, "tokenizer");
        if (await MakerOf(grains, tokensJob) is { } made && made != weights.Sha256)
            throw new InvalidRequestException(
                $"Decoding the codes of '{tokensJob}': tokenization '{tokensJob}' was made with weights {made[..12]} of tokenizer "
                + $"'{tokens.Tokenizer}', whose run holds {weights.Sha256[..12]} now, and there the same codes stand for other "
                + "pictures. Tokenize again with the tokenizer that is to decode, under a new id.");
        return (weights, RunSizes.Of(run.Specification));
    }

    /// <summary>SHA-256 of the weights that made a tokenization's codes; null where it does not say.</summary>
    public static async Task<string?> MakerOf(IGrainFactory grains, string tokensJob)
    {
        var origin = await grains.GetGrain<ITokenizationJobGrain>(tokensJob).GetOrigin();
        return origin.From.FirstOrDefault(s => s.Role == "tokenizer")?.Sha256;
    }

    /// <summary>The manifest of a completed tokenization.</summary>
    /// <exception cref="InvalidRequestException">It is not completed.</exception>
    public static async Task<TokenizationResult> TokensOf(IGrainFactory grains, string job)
    {
        var grain = grains.GetGrain<ITokenizationJobGrain>(job);
        var status = await grain.GetStatus();
        if (status.Phase != JobPhase.Completed)
            throw NotReady.AsSource($"Tokenization '{job}' is", status.Phase);
        return await grain.GetResult();
    }

    private static ArtifactReference ResultOf(TrainingDetails run, params string[] kinds)
    {
        if (!kinds.Contains(run.Kind))
            throw new InvalidRequestException(
                $"Run '{run.Status.Id}' is of kind {run.Kind}; a run of kind {string.Join(" or ", kinds)} is needed.");
        return run.Result?.Weights ?? throw NotReady.AsSource($"Run '{run.Status.Id}' is", run.Status.Phase);
    }
}
