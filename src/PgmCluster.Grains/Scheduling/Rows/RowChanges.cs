namespace PgmCluster.Grains.Scheduling.Rows;

/// <summary>How rows differ from what is stored.</summary>
/// <param name="Put">New ones, and those that changed.</param>
/// <param name="Removed">Keys of those that are gone.</param>
public sealed record RowChanges<TKey, TRow>(IReadOnlyList<TRow> Put, IReadOnlyList<TKey> Removed)
{
    public static RowChanges<TKey, TRow> None { get; } = new([], []);

    /// <summary>The same, and what is stored besides is removed.</summary>
    /// <param name="stored">All rows that are stored.</param>
    /// <param name="keyOf">A row's key.</param>
    public RowChanges<TKey, TRow> InPlaceOf(IEnumerable<TRow> stored, Func<TRow, TKey> keyOf) =>
        this with { Removed = [.. stored.Select(keyOf).Except(Put.Select(keyOf))] };
}
