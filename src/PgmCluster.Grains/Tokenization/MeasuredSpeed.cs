using PgmCluster.Contracts.Catalog;
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
        var jobs = await grains.GetGrain<ICatalogGrain>("jobs").List();
        foreach (var entry in jobs.OrderByDescending(j => j.CreatedAt))
        {
            if (entry is not { JobKind: JobKind.Tokenization, AtRest: true } || !entry.MadeFrom.Contains(tokenizer)) continue;
            if (await FormerTokens.OriginAsync(grains, entry.Name) is not { ImagesPerSecond: { } speed } origin) continue;
            if (origin.Tokenizer.Sha256 == weights.Sha256) return new MeasuredSpeed(speed, entry.Name);
        }
        return null;
    }
}
