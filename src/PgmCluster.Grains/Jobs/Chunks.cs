namespace PgmCluster.Grains.Jobs;

/// <summary>Cuts a number of images into consecutive chunks.</summary>
internal static class Chunks
{
    /// <summary>Chunks of <paramref name="size"/>; the last one may be smaller.</summary>
    public static IEnumerable<(int Index, int First, int Count)> Of(int images, int size)
    {
        for (var first = 0; first < images; first += size) yield return (first / size, first, Math.Min(size, images - first));
    }
}
