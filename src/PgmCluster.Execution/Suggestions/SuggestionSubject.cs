namespace PgmCluster.Execution.Suggestions;

/// <summary>What suggestions are for.</summary>
/// <param name="Dataset">Its name.</param>
/// <param name="Images">To train on.</param>
/// <param name="Classes">Of the dataset.</param>
/// <param name="ShorterSides">
/// At i the images whose shorter side has 2^i pixels or more, and fewer than 2^(i+1); null where unknown.
/// </param>
/// <param name="Gigaflops">As in <see cref="TrainingTime.Of"/>.</param>
/// <param name="Lanes">Micro-batches that are computed at a time.</param>
/// <param name="MemoryBytes">Of the machine.</param>
/// <param name="Minutes">What is proposed should take no longer.</param>
public sealed record SuggestionSubject(
    string Dataset, int Images, int Classes, IReadOnlyList<int>? ShorterSides, double Gigaflops, int Lanes, long MemoryBytes,
    double Minutes)
{
    /// <summary>Share of the images that are at least so large, with no pixel invented; null where that is unknown.</summary>
    /// <param name="size">Side in pixels, a power of two.</param>
    public double? ShareOf(int size) => ShorterSides is { } sides && sides.Sum() is > 0 and var all
        ? sides.Skip(int.Log2(size)).Sum() / (double)all
        : null;
}
