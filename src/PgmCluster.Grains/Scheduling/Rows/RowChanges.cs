namespace PgmCluster.Grains.Scheduling.Rows;

/// <summary>How rows differ from what is stored.</summary>
/// <param name="Put">New ones, and those that changed.</param>
/// <param name="Removed">Keys of those that are gone.</param>
public sealed record RowChanges<TKey, TRow>(IReadOnlyList<TRow> Put, IReadOnlyList<TKey> Removed)
{
    public static RowChanges<TKey, TRow> None { get; } = new([], []);
}
