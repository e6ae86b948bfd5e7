using PgmCluster.Data.Artifacts;

namespace PgmCluster.Grains.Artifacts;

/// <summary>Looks for many artifacts, some at once: a bucket takes its time for each.</summary>
internal static class StoredLooks
{
    private const int AtOnce = 16;

    /// <summary>Looks on threads of the pool, which touch nothing of a grain.</summary>
    /// <param name="store">Where to look.</param>
    /// <param name="names">Of the artifacts; null looks for nothing.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>What is known of each, in the order of <paramref name="names"/>; null where there is none of that name.</returns>
    public static async Task<StoredArtifact?[]> OfAsync(
        IArtifactStore store, IReadOnlyList<string?> names, CancellationToken cancellation)
    {
        var found = new StoredArtifact?[names.Count];
        var options = new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellation };
        await Task.Run(() => Parallel.ForAsync(0, names.Count, options, async (i, ct) =>
        {
            if (names[i] is { } name) found[i] = await store.FindAsync(name, ct);
        }), cancellation);
        return found;
    }
}
