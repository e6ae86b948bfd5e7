using PgmCluster.Contracts.Jobs;

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
            Artifacts = shards,
            From =
            [
                state.Dataset is { } dataset
                    ? OriginSource.OfDataset(dataset.Name, dataset.ContentSha256)
                    : OriginSource.OfDataset(state.Request!.Dataset, null),
                OriginSource.Of("tokenizer", state.Tokenizer, state.Request!.Tokenizer),
            ],
        };
    }
}
