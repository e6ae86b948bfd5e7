using PgmCluster.Contracts.Errors;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Contracts.Tokenization;
using PgmCluster.Contracts.Training;

namespace PgmCluster.Grains.Training;

/// <summary>The tokens of the mirrored images that a run is to train on.</summary>
internal static class FlippedTokens
{
    /// <exception cref="InvalidRequestException">There are none.</exception>
    public static List<ArtifactReference> Of(string run, TrainingRequest request, TokenizationResult? tokens)
    {
        if (tokens is null)
            throw new InvalidRequestException(
                $"Starting run '{run}': it trains on images, and mirrored ones are of tokens (--flips). "
                + "Leave it out, or set data.randomFlip=true.");
        var set = tokens.MoreSets?.FirstOrDefault(s => s.Flipped && s.Shards.Count == tokens.Shards.Count && s.Images == tokens.Images);
        return set?.Shards.Select(s => s.File).ToList() ?? throw new InvalidRequestException(
            $"Starting run '{run}': tokenization '{request.Tokens}' has no mirrored images. Tokenize with --flips under a new id.");
    }
}
