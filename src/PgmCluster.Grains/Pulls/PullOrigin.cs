using PgmCluster.Contracts.Jobs;

namespace PgmCluster.Grains.Pulls;

/// <summary>What a pull's record says of where its files come from.</summary>
internal static class PullOrigin
{
    public static Origin Of(string id, PullJobState state) => new()
    {
        Job = id,
        Made = "files",
        Summary = state.Summary,
        Sha256 = state.Result?.Listing.Sha256,
        Artifacts = state.Result is { } result ? [result.Listing] : [],
        From = [new OriginSource("source", OriginKind.Place, $"{state.Request!.Repository} at {state.Commit}", null)],
    };
}
