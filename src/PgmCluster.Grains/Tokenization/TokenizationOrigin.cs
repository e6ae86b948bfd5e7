using PgmCluster.Contracts.Jobs;
using PgmCluster.Contracts.Tokenization;

namespace PgmCluster.Grains.Tokenization;

/// <summary>What a tokenization's record says of where its tokens come from.</summary>
internal static class TokenizationOrigin
{
    public static Origin Of(string id, TokenizationJobState state)
    {
        ArtifactReference[] shards = [.. state.Result?.Shards.Select(s => s.File) ?? []];
        return new Origin
        {
            Job = id,
            Made = "tokens",
            Summary = state.Summary,
            Sha256 = OriginHash.Of(shards),
            // What is trained on names the first set; the others are made all the same.
            Artifacts = [.. shards, .. (state.Result?.MoreSets ?? []).SelectMany(s => s.Shards).Select(s => s.File)],
            MoreSha256 = [.. (state.Result?.MoreSets ?? []).Select(s => OriginHash.Of([.. s.Shards.Select(t => t.File)])).OfType<string>()],
            From = [.. Sources(state.Request!, state)],
        };
    }

    private static IEnumerable<OriginSource> Sources(TokenizationRequest request, TokenizationJobState state)
    {
        if (request.Import is { } import) yield return new OriginSource("source", OriginKind.Place, import.Location, null);
        // Tokens from elsewhere may be of a dataset that nobody registered.
        if (request.Dataset.Length > 0)
            yield return OriginSource.OfDataset(state.Dataset?.Name ?? request.Dataset, state.Dataset?.ContentSha256);
        yield return OriginSource.Of("tokenizer", state.Tokenizer, request.Tokenizer);
    }
}
