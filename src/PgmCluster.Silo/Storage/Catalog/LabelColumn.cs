namespace PgmCluster.Silo.Storage.Catalog;

/// <summary>Labels as they stand in their column: a line <c>KEY=VALUE</c> each, between line ends, which none has within.</summary>
internal static class LabelColumn
{
    /// <summary>By which a label is found, whatever stands before and behind it.</summary>
    public static string Line(KeyValuePair<string, string> label) => $"\n{label.Key}={label.Value}\n";

    /// <summary>The column's value.</summary>
    public static object Of(IReadOnlyDictionary<string, string>? labels) => labels is { Count: > 0 }
        ? $"\n{string.Concat(labels.OrderBy(l => l.Key, StringComparer.Ordinal).Select(l => Line(l)[1..]))}"
        : DBNull.Value;

    /// <param name="column">As <see cref="Of"/> wrote it.</param>
    public static IReadOnlyDictionary<string, string> Read(string column) => column
        .Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split('=', 2)).ToDictionary(l => l[0], l => l[^1]);
}
