using PgmCluster.Contracts.Jobs;

namespace PgmCluster.Grains.Training;

/// <summary>What a training run's record says of where its weights come from.</summary>
internal static class TrainingOrigin
{
    public static Origin Of(string id, TrainingRunState state) => new()
    {
        Job = id,
        Made = "weights",
        Summary = state.Summary,
        Sha256 = state.Result?.Weights.Sha256,
        Artifacts = state.Result is { } result
            ? [.. new[] { result.Weights, result.Checkpoint, result.LossCurve }.OfType<ArtifactReference>()]
            : [],
        From = [.. Sources(state)],
    };

    private static IEnumerable<OriginSource> Sources(TrainingRunState state)
    {
        if (state.Dataset is { } dataset) yield return OriginSource.OfDataset(dataset.Name, dataset.ContentSha256);
        if (state.Request?.Tokens is { } tokens)
        {
            yield return new OriginSource("tokens", OriginKind.Job, tokens, OriginHash.Of(state.Tokens));
            if (state.Flipped is { } flipped)
                yield return new OriginSource("mirrored tokens", OriginKind.Job, tokens, OriginHash.Of(flipped));
            yield return OriginSource.Of("tokenizer", state.Tokenizer);
        }
        if (state.Request?.From is { } from) yield return OriginSource.Of("checkpoint", from);
    }
}
