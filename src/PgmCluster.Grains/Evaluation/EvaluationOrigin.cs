using PgmCluster.Contracts.Evaluation;
using PgmCluster.Contracts.Jobs;

namespace PgmCluster.Grains.Evaluation;

/// <summary>What the records of evaluations and statistics say of where their numbers come from.</summary>
internal static class EvaluationOrigin
{
    public static Origin Of(string id, EvaluationJobState state) => new()
    {
        Job = id,
        Made = "scores",
        Summary = state.Summary,
        From =
        [
            OriginSource.Of("model", state.Model, state.Request!.Model),
            OriginSource.Of("tokenizer", state.Tokenizer),
            .. state.Dataset is { } dataset ? [OriginSource.OfDataset(dataset.Name, dataset.ContentSha256)] : Array.Empty<OriginSource>(),
            state.Features is { } features
                ? Of(features)
                : OriginSource.Of("features", state.Classifier, state.Request.Classifier),
            .. state.Statistics is { } statistics
                ? [OriginSource.Of("statistics", statistics.File, statistics.Name)]
                : Array.Empty<OriginSource>(),
        ],
    };

    public static Origin Of(string id, StatisticsJobState state) => new()
    {
        Job = id,
        Made = "statistics",
        Summary = state.Summary,
        Sha256 = state.Result?.File.Sha256,
        Artifacts = state.Result is { } result ? [result.File, .. result.Chunks] : [],
        From =
        [
            .. state.Dataset is { } dataset ? [OriginSource.OfDataset(dataset.Name, dataset.ContentSha256)] : Array.Empty<OriginSource>(),
            .. state.Features is { } features ? [Of(features)] : Array.Empty<OriginSource>(),
        ],
    };

    private static OriginSource Of(FeatureSource features) => features.Kind == FeatureKinds.Classifier
        ? OriginSource.Of("features", features.Weights, features.Name)
        : OriginSource.Of("features", features.Weights, otherwise: features.Name);
}
