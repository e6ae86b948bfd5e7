using PgmCluster.Contracts.Evaluation;
using PgmCluster.Contracts.Jobs;

namespace PgmCluster.Grains.Evaluation;

/// <summary>What the records of evaluations, statistics and likelihoods say of where their numbers come from.</summary>
internal static class EvaluationOrigin
{
    public static Origin Of(string id, EvaluationJobState state) => new()
    {
        Job = id,
        Made = "scores",
        Summary = state.Summary,
        From = [.. Sources(state)],
    };

    public static Origin Of(string id, StatisticsJobState state) => new()
    {
        Job = id,
        Made = "statistics",
        Summary = state.Summary,
        Sha256 = state.Result?.File.Sha256,
        Artifacts = state.Result is { } result ? [result.File, .. result.Chunks] : [],
        From = [.. Sources(state)],
    };

    public static Origin Of(string id, LikelihoodJobState state) => new()
    {
        Job = id,
        Made = "scores",
        Summary = state.Summary,
        From = [.. Sources(state)],
    };

    private static IEnumerable<OriginSource> Sources(EvaluationJobState state)
    {
        yield return OriginSource.Of("model", state.Model, state.Request!.Model);
        yield return OriginSource.Of("tokenizer", state.Tokenizer);
        if (state.Dataset is { } dataset) yield return OriginSource.OfDataset(dataset.Name, dataset.ContentSha256);
        yield return state.Features is { } features
            ? Of(features)
            : OriginSource.Of("features", state.Classifier, state.Request.Classifier);
        if (state.Statistics is { } statistics) yield return OriginSource.Of("statistics", statistics.File, statistics.Name);
    }

    private static IEnumerable<OriginSource> Sources(StatisticsJobState state)
    {
        if (state.Dataset is { } dataset) yield return OriginSource.OfDataset(dataset.Name, dataset.ContentSha256);
        if (state.Features is { } features) yield return Of(features);
    }

    private static IEnumerable<OriginSource> Sources(LikelihoodJobState state)
    {
        yield return OriginSource.Of("model", state.Model, state.Request!.Model);
        var shards = state.Set?.Shards.Select(s => s.File).ToList();
        yield return new OriginSource("tokens", OriginKind.Job, state.Request.Tokens, OriginHash.Of(shards));
        yield return OriginSource.Of("tokenizer", state.Tokenizer);
    }

    private static OriginSource Of(FeatureSource features) => features.Kind == FeatureKinds.Classifier
        ? OriginSource.Of("features", features.Weights, features.Name)
        : OriginSource.Of("features", features.Weights, otherwise: features.Name);
}
