using PgmCluster.Contracts.Jobs;

namespace PgmCluster.Grains.Tokenization;

/// <summary>How fast a tokenizer was when it was last used.</summary>
/// <param name="ImagesPerSecond">Of all devices together.</param>
/// <param name="Job">That tokenization.</param>
internal sealed record MeasuredSpeed(double ImagesPerSecond, string Job)
{
    /// <summary>Of the newest tokenization by these weights; null where none was measured.</summary>
    public static async Task<MeasuredSpeed?> OfAsync(IGrainFactory grains, string tokenizer, ArtifactReference weights)
    {
        await foreach (var (job, origin) in FormerTokens.NewestAsync(grains, j => j.AtRest && j.MadeFrom.Contains(tokenizer)))
        {
            if (origin.ImagesPerSecond is { } speed && origin.Tokenizer.Sha256 == weights.Sha256) return new MeasuredSpeed(speed, job);
        }
        return null;
    }
}
