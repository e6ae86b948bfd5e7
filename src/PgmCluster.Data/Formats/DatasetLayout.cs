namespace PgmCluster.Data.Formats;

/// <summary>What a format finds in a source by listing it, without reading pictures.</summary>
/// <param name="Format">The format's name.</param>
/// <param name="Shards">In a fixed order; at least one.</param>
public sealed record DatasetLayout(string Format, IReadOnlyList<ShardPlan> Shards)
{
    /// <summary>The names of the classes by label, where the source has such a list; else they are the labels that occur.</summary>
    public IReadOnlyList<string>? ClassNames { get; init; }

    /// <summary>Files of other kinds: how many by extension.</summary>
    public IReadOnlyDictionary<string, int> LeftOut { get; init; } = new SortedDictionary<string, int>();

    /// <summary>What a user should know of the source, a sentence each.</summary>
    public IReadOnlyList<string> Remarks { get; init; } = [];
}
