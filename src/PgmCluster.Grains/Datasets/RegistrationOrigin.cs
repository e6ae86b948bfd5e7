using PgmCluster.Contracts.Jobs;

namespace PgmCluster.Grains.Datasets;

/// <summary>What a registration's record says of where its manifest comes from.</summary>
internal static class RegistrationOrigin
{
    public static Origin Of(string id, RegistrationJobState state) => new()
    {
        Job = id,
        Made = "manifest",
        Summary = state.Summary,
        Sha256 = state.Manifest?.Sha256,
        Artifacts = state.Manifest is { } manifest ? [manifest] : [],
        From = [new OriginSource("source", OriginKind.Place, state.Request!.Asked.Location, null)],
    };
}
