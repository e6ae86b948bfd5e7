using PgmCluster.Contracts.Jobs;

namespace PgmCluster.Grains.Sampling;

/// <summary>What a sampling job's record says of where its images come from.</summary>
internal static class SamplingOrigin
{
    public static Origin Of(string id, SamplingJobState state) => new()
    {
        Job = id,
        Made = "images",
        Summary = state.Summary,
        Sha256 = OriginHash.Of(state.Result?.Images),
        Artifacts = state.Result is { } result ? [result.Grid, .. result.Images] : [],
        From =
        [
            OriginSource.Of("model", state.Model, state.Request!.Model),
            OriginSource.Of("tokenizer", state.Tokenizer, state.MadeFrom.ElementAtOrDefault(1)),
        ],
    };
}
