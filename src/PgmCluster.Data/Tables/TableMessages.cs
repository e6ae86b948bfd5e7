namespace PgmCluster.Data.Tables;

/// <summary>Asks for a file to be looked at.</summary>
/// <param name="Kind">One of <see cref="TableKinds"/>.</param>
/// <param name="Length">Bytes; they are asked for as they are needed.</param>
internal sealed record OpenTable(string Kind, long Length);

/// <summary>Asks for rows of the file that is open.</summary>
/// <param name="Group">Of which run of rows: a row group of Parquet, a record batch of Arrow.</param>
/// <param name="First">Counted in it.</param>
/// <param name="Count">How many; <see cref="All"/> for those of all runs, which a file that is read from front to back gives.</param>
internal sealed record ReadRows(int Group, int First, int Count)
{
    public const int All = -1;
}

/// <summary>What a file holds.</summary>
/// <param name="Groups">Rows of each run that is read at once.</param>
internal sealed record TableLayout(IReadOnlyList<int> Groups)
{
    /// <summary>Which columns are read, for people.</summary>
    public string Columns { get; init; } = "";

    /// <summary>Whether a column holds pictures.</summary>
    public bool HasBytes { get; init; }

    /// <summary>Whether a column holds paths of pictures.</summary>
    public bool HasPaths { get; init; }

    /// <summary>Names of the classes, where the file says them.</summary>
    public IReadOnlyList<string>? ClassNames { get; init; }

    /// <summary>What this program has noted in a table that it wrote; null in others.</summary>
    public IReadOnlyDictionary<string, string>? Metadata { get; init; }
}

/// <summary>Kinds of files that the reader knows.</summary>
internal static class TableKinds
{
    public const string Parquet = "parquet", Tokens = "tokens";
}
